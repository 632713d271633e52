/** What a check said of one materialization. */
export interface CheckResult {
  assetId: string
  checkId: string
  materializationId: string
  name: string
  status: CheckStatus
  severity: CheckSeverity
  details: Record<string, unknown> | null
  checkedAt: Date
}

/** How a check ended. */
export type CheckStatus = 'PASSED' | 'FAILED' | 'SKIPPED'

/** How bad it is where a check fails. */
export type CheckSeverity = 'WARN' | 'ERROR'

/** Names one check result; the two ids always travel together. */
export type CheckRef = Pick<CheckResult, 'assetId' | 'checkId'>
