import { nextTurn } from '../util/next-turn.js'

/** Longer lists are written so many items at a time: about a millisecond's work, as walks go. */
const PIECE = 500

/** How deep to look for such lists: a walk's are at data, lineage, nodes. */
const DEPTH = 4

/** A list that is written already: it stands in data, not deeper than DEPTH, for its items. */
export class WrittenList {
  constructor(readonly pieces: readonly string[]) {}
}

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

/** A list as JSON; `write` writes some of its items, with commas between. */
export async function writtenList<Item>(
  list: readonly Item[],
  write: (items: readonly Item[]) => string,
): Promise<WrittenList> {
  const pieces: string[] = []
  let before = '['
  for (let at = 0; at < list.length; at += PIECE) {
    // A turn lasts no longer than one piece, with what led up to the first.
    if (list.length > PIECE) await nextTurn()
    pieces.push(before, write(list.slice(at, at + PIECE)))
    before = ','
  }
  pieces.push(list.length === 0 ? '[]' : ']')
  return new WrittenList(pieces)
}

function holdsLongList(value: unknown, depth: number): boolean {
  if (depth === 0 || typeof value !== 'object' || value === null) return false
  if (value instanceof WrittenList) return true
  if (Array.isArray(value)) return value.length > PIECE
  return Object.values(value).some((member) => holdsLongList(member, depth - 1))
}

async function write(value: object, depth: number, pieces: string[]): Promise<void> {
  if (Array.isArray(value)) {
    const { pieces: written } = await writtenList(value, (items) => JSON.stringify(items).slice(1, -1))
    pieces.push(...written)
    return
  }
  if (value instanceof WrittenList) {
    pieces.push(...value.pieces)
    return
  }
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
