import { stringify as formatUuid, parse as parseUuid } from 'uuid'
import { badUserInput } from '../../src/errors/headwater-error.js'
import { quoted } from '../../src/util/quoted.js'

/** What can be asked for by `node(id)`, with the number of ids that name one. */
const KINDS = [
  { type: 'Asset', tag: 1, ids: 1 },
  { type: 'Materialization', tag: 2, ids: 2 },
  { type: 'CheckResult', tag: 3, ids: 2 },
  { type: 'Run', tag: 4, ids: 1 },
] as const

/** The types that have global ids. */
export type NodeType = (typeof KINDS)[number]['type']

/** A Relay global id: opaque to clients, stable for ever. A byte for the type, then its UUIDs. */
export function toGlobalId(type: NodeType, ...ids: string[]): string {
  const tag = KINDS.find((kind) => kind.type === type)?.tag ?? 0
  return Buffer.concat([Uint8Array.of(tag), ...ids.map((id) => parseUuid(id))]).toString('base64url')
}

/** Throws BAD_USER_INPUT, naming `field`, for what is no global id, or one of another type than `wanted`. */
export function fromGlobalId(
  field: string,
  globalId: string,
  wanted?: NodeType,
): { type: NodeType; ids: string[] } {
  const found = parse(globalId)
  if (found === null || (wanted !== undefined && found.type !== wanted)) {
    throw badUserInput(
      field,
      quoted(globalId),
      `the id of ${wanted === undefined ? 'a node' : `a ${wanted}`} that this API answered with`,
    )
  }
  return found
}

function parse(globalId: string): { type: NodeType; ids: string[] } | null {
  const bytes = Buffer.from(globalId, 'base64url')
  const kind = KINDS.find(({ tag, ids }) => tag === bytes[0] && bytes.length === 1 + 16 * ids)
  if (kind === undefined || bytes.toString('base64url') !== globalId) return null
  try {
    const idAt = (at: number) => formatUuid(bytes.subarray(1 + 16 * at, 17 + 16 * at))
    return { type: kind.type, ids: Array.from({ length: kind.ids }, (_, at) => idAt(at)) }
  } catch {
    // Sixteen bytes that are no UUID.
    return null
  }
}
