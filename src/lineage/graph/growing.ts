/** Kinds of typed arrays that grow here. */
type Numbers = Int32Array | Uint32Array | Uint8Array | Float64Array

/** An element that is there by construction: indexes into these arrays are made by the code that fills them. */
export function at(numbers: Numbers, index: number): number {
  return numbers[index] ?? 0
}

/** The same array where it has room for `length` elements; else a copy with that and about a quarter more. */
export function grown<T extends Numbers>(numbers: T, length: number): T {
  if (length <= numbers.length) return numbers
  const larger = new (numbers.constructor as new (length: number) => T)(
    Math.max(length, Math.ceil(1.25 * numbers.length) + 1_024),
  )
  larger.set(numbers)
  return larger
}
