import type { CheckResult } from './check-result.js'

/** What a run asserted of an asset, and what it says of the materialization that it did so of. */
export interface RunAssertions {
  assetId: string
  /** See assertionsIdOf. */
  id: string
  runId: string
  /** The one that the run made itself; null where it used one, which is worked out as that of an input is. */
  materializationId: string | null
  version: string | null
  partitionKey: string | null
  /** When the run took its inputs. */
  asOf: Date
  dagId: string | null
  checkedAt: Date
  /** At least one. */
  results: readonly AssertedResult[]
}

/** What one assertion said. */
export type AssertedResult = Pick<CheckResult, 'name' | 'status' | 'severity' | 'details'> & { id: string }

/** Names what a run asserted of an asset. */
export type RunAssertionsRef = Pick<RunAssertions, 'assetId' | 'id'>
