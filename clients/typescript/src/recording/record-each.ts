import { HeadwaterError } from '../errors.js'
import type { RecordMaterializationsInput } from '../operations.generated.js'
import type { RecordingPayload } from '../types.js'

/** What became of one recording: recorded, or refused because of what it says. */
export type RecordOutcome =
  | { input: RecordMaterializationsInput; payload: RecordingPayload }
  | { input: RecordMaterializationsInput; error: HeadwaterError }

/** Records a batch, all of it or nothing. */
export type RecordBatch = (inputs: RecordMaterializationsInput[]) => Promise<RecordingPayload[]>

/** Codes that say nothing of the recordings themselves: the others of a batch would fare no better alone. */
const NOT_OF_CONTENT = new Set(['UNAUTHENTICATED', 'UNEXPECTED_ANSWER'])

const PAYLOAD_TOO_LARGE = 413

/**
 * Records what the server takes of a batch and says what it refuses: the one at fault, where the error names it,
 * else half after half. The outcomes are in the order of the inputs, each of which has an idempotency key. Throws
 * what is not about one of them; some may have been recorded then, so send them all again.
 */
export async function recordEach(
  recordBatch: RecordBatch,
  inputs: RecordMaterializationsInput[],
): Promise<RecordOutcome[]> {
  if (inputs.length === 0) return []
  try {
    const payloads = await recordBatch(inputs)
    return inputs.map((input, at) => ({ input, payload: payloadAt(payloads, at) }))
  } catch (error) {
    if (!(error instanceof HeadwaterError) || !isRefusal(error)) throw error
    const at = culpritOf(error, inputs)
    if (at === undefined) {
      const middle = inputs.length >> 1
      const first = await recordEach(recordBatch, inputs.slice(0, middle))
      return [...first, ...(await recordEach(recordBatch, inputs.slice(middle)))]
    }
    const outcomes = await recordEach(recordBatch, inputs.toSpliced(at, 1))
    return outcomes.toSpliced(
      at,
      0,
      ...inputs.slice(at, at + 1).map((input) => ({ input, error: alone(error) })),
    )
  }
}

function payloadAt(payloads: RecordingPayload[], at: number): RecordingPayload {
  const payload = payloads[at]
  if (payload !== undefined) return payload
  throw new HeadwaterError(
    'UNEXPECTED_ANSWER',
    `expected a payload for recording ${at}, got ${payloads.length}`,
  )
}

function isRefusal({ code, status, isTransient }: HeadwaterError): boolean {
  if (status === PAYLOAD_TOO_LARGE) return true
  return !isTransient && !NOT_OF_CONTENT.has(code)
}

/** Which recording an error is about; undefined where it does not say. */
function culpritOf({ field, message }: HeadwaterError, inputs: unknown[]): number | undefined {
  if (inputs.length === 1) return 0
  const found = /^inputs\[(\d+)\]/.exec(field ?? '') ?? /at "inputs\[(\d+)\]/.exec(message)
  const at = Number(found?.[1])
  return at < inputs.length ? at : undefined
}

/** An error about one recording, without its place in the batch. */
function alone(error: HeadwaterError): HeadwaterError {
  const shorten = (text: string) => text.replace(/\binputs\[\d+\]/g, 'input')
  const { code, message, field, status } = error
  return new HeadwaterError(code, shorten(message), {
    field: field === undefined ? undefined : shorten(field),
    status,
    cause: error,
  })
}
