/** One recording of a file as it stands there, not yet checked. */
export interface Entry {
  /** Its line in the file, or its place in the array; from 1. */
  number: number
  /** Its place among the recordings of the file, from 1: blank lines do not count. */
  position: number
  content: { value: unknown } | { fault: string }
}
