import { nextTurn } from '../util/next-turn.js'

/** Longer lists are written so many items at a time: about a millisecond's work, as walks go. */
const PIECE = 500

/** How deep to look for such lists: a walk's are at data, lineage, nodes. */
const DEPTH = 4

/**
 * A value as JSON.stringify writes it: data as GraphQL answers it, without toJSON. Where there is a long list,
 * everything else that waits goes on between its pieces.
 */
export async function jsonInPieces(value: object): Promise<string> {
  if (!holdsLongList(value, DEPTH)) return JSON.stringify(value)
  const pieces: string[] = []
  await write(value, DEPTH, pieces)
  return pieces.join('')
}

function holdsLongList(value: unknown, depth: number): boolean {
  if (depth === 0 || typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.length > PIECE
  return Object.values(value).some((member) => holdsLongList(member, depth - 1))
}

async function write(value: object, depth: number, pieces: string[]): Promise<void> {
  if (Array.isArray(value)) return writeList(value, pieces)
  let before = '{'
  for (const [name, member] of Object.entries(value)) {
    // What @skip took out of a compiled query's answer is there as undefined.
    if (member === undefined) continue
    pieces.push(before, JSON.stringify(name), ':')
    before = ','
    if (holdsLongList(member, depth - 1)) await write(member, depth - 1, pieces)
    else pieces.push(JSON.stringify(member))
  }
  pieces.push(before === '{' ? '{}' : '}')
}

async function writeList(list: readonly unknown[], pieces: string[]): Promise<void> {
  let before = '['
  for (let at = 0; at < list.length; at += PIECE) {
    pieces.push(before, JSON.stringify(list.slice(at, at + PIECE)).slice(1, -1))
    before = ','
    await nextTurn()
  }
  pieces.push(']')
}
