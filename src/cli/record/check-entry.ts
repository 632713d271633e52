import { coerceInputValue, type GraphQLInputObjectType } from 'graphql'
import type { RecordMaterializationsInput } from '../../../schema/operations.generated.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { checkRecording } from '../../lineage/recording/check-recording.js'
import type { RecordingInput } from '../../lineage/recording/recording-input.js'
import { firstCodePoints } from '../../util/code-points.js'
import type { Entry } from './entry.js'
import { derivedKey } from './idempotency-key.js'

/** In characters: some quote the value at fault. */
const LONGEST_MESSAGE = 500

/** A recording that can be sent. */
export interface ReadyEntry {
  number: number
  input: RecordMaterializationsInput & { idempotencyKey: string }
}

/** A recording that cannot be recorded, and why. */
export interface BadEntry {
  number: number
  message: string
}

/** Checks an entry by the rules of the server, before anything is sent. `type`: from recordingInputType. */
export function checkEntry(type: GraphQLInputObjectType, entry: Entry): ReadyEntry | BadEntry {
  const { number, position, content } = entry
  if ('fault' in content) return { number, message: content.fault }
  // Coercion would take it for an argument that was left out.
  if (content.value === null) return { number, message: 'expected a recording, got null' }

  let fault: string | undefined
  const coerced: unknown = coerceInputValue(content.value, type, (path, _value, error) => {
    fault ??= `${pathName(path)}${error.message}`
  })
  fault ??= boundFault(coerced)
  if (fault !== undefined) return { number, message: firstCodePoints(fault, LONGEST_MESSAGE) }

  // Coercion has held it against the very type that this one is generated from.
  const input = content.value as RecordMaterializationsInput
  return {
    number,
    input: { ...input, idempotencyKey: input.idempotencyKey ?? derivedKey(position, content.value) },
  }
}

/** Which bound of the server a recording breaks. */
function boundFault(coerced: unknown): string | undefined {
  try {
    // Coercion has given it the shape of the schema's input type, which RecordingInput restates.
    checkRecording('input', coerced as RecordingInput)
    return undefined
  } catch (error) {
    if (error instanceof HeadwaterError) return error.message.replace(/^input\./, '')
    throw error
  }
}

/** `assets[3].key: `, or nothing for the whole. */
function pathName(path: readonly (string | number)[]): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return name === '' ? '' : `${name.replace(/^\./, '')}: `
}
