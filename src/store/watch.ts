/** What a store is asked for that is worth to be told of. */
export type StoreWork = 'recording' | 'walk'

/** Takes note of what a store does. */
export interface StoreWatch {
  /** Runs a piece of work; `sizeOf` its answer: materializations or nodes, null where it has none. */
  during<T>(what: StoreWork, work: () => Promise<T>, sizeOf: (answer: T) => number | null): Promise<T>
  /** A statement is sent, under the name that it is prepared by; what this answers with is called when it has ended. */
  sent?(name: string): (hasFailed: boolean) => void
}

/** Takes no note of anything. */
export const UNWATCHED: StoreWatch = { during: (_what, work) => work() }

/** How the connections to the database, and what waits to be written, stand. */
export interface StoreLoad {
  connections: { inUse: number; idle: number; waiting: number }
  /** Calls that wait to be written. */
  waiting: { recordings: number; events: number }
}
