import type { IncomingMessage } from 'node:http'
import { RefusedRequest } from '../request-body.js'

const [QUOTE, BACKSLASH] = ['"', '\\'].map((one) => one.charCodeAt(0))
const OPENING = new Set(['[', '{'].map((one) => one.charCodeAt(0)))
const CLOSING = new Set([']', '}'].map((one) => one.charCodeAt(0)))

/** Checks a body before it is parsed: what nests is worth more memory and time than its brackets. */
export function checkJsonDepth(most: number) {
  return (_request: IncomingMessage, _response: unknown, body: Buffer, encoding: string): void => {
    if (encoding !== 'utf-8') throw new RefusedRequest(415, `expected JSON as UTF-8, got ${encoding}`)
    const depth = depthOf(body)
    if (depth > most) throw new RefusedRequest(400, tooDeep(most, depth))
  }
}

/** What is said of a body that is too deep. */
export function tooDeep(most: number, depth: number): string {
  return `expected JSON of at most ${most} levels (HEADWATER_JSON_DEPTH), got ${depth}`
}

/** How many levels there are of what is JSON; whether it is, its parser says. */
export function depthOf(body: Buffer): number {
  let depth = 0
  let deepest = 0
  let isText = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number
    if (isText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (OPENING.has(byte)) {
      depth++
      if (depth > deepest) deepest = depth
    } else if (CLOSING.has(byte)) depth--
  }
  return deepest
}
