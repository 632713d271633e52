import { createHash } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'
import type { MaterializationRef } from '../entities.js'
import { materializationIdOf } from '../materialization-id.js'
import { BOUNDS, checkCount, checkInstant, checkMetadata, checkName } from '../recording/bounds.js'
import { checkOptional } from '../recording/check-asset-ref.js'
import type { CheckResult, CheckSeverity, CheckStatus } from './check-result.js'

/** The most check results of a call. */
const MOST_CHECKS = 1_000

/** As clients give it: null means the same as absent. */
export interface CheckResultsInput {
  checks: readonly {
    name: string
    status: CheckStatus
    severity?: CheckSeverity | null | undefined
    details?: Record<string, unknown> | null | undefined
  }[]
  idempotencyKey?: string | null | undefined
  checkedAt?: Date | null | undefined
}

/** Check results of one materialization, ready to be written. */
export interface PlannedChecks {
  results: readonly CheckResult[]
  /** SHA-256 of what the client said, where it gave an idempotency key: a repeat must agree in it. */
  callHash: Buffer | null
}

/**
 * Checks every bound and makes the ids. Under an idempotency key they are the same each time, so a repeat finds what
 * the first call wrote. Throws BAD_USER_INPUT, naming the field.
 */
export function planChecks(ref: MaterializationRef, input: CheckResultsInput, now: Date): PlannedChecks {
  checkCount('input.checks', input.checks.length, 1, MOST_CHECKS)
  const key = checkOptional('input.idempotencyKey', input.idempotencyKey, BOUNDS.idCharacters)
  const given = input.checkedAt == null ? null : checkInstant('input.checkedAt', input.checkedAt)
  const checkedAt = given ?? now
  const said = input.checks.map((check, at) => ({
    name: checkName(`input.checks[${at}].name`, check.name, BOUNDS.idCharacters),
    status: check.status,
    severity: check.severity ?? 'ERROR',
    details: check.details == null ? null : checkMetadata(`input.checks[${at}].details`, check.details),
  }))
  const idOf = (place: number) =>
    key === null
      ? materializationIdOf(checkedAt, place, undefined)
      : materializationIdOf(new Date(0), place, JSON.stringify([ref.materializationId, key]))
  return {
    results: said.map((result, place) => ({ ...ref, checkId: idOf(place), ...result, checkedAt })),
    callHash:
      key === null
        ? null
        : createHash('sha256')
            .update(canonicalJson([said, given]))
            .digest(),
  }
}
