import { badUserInput } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { demandOfEvent } from '../lineage/access/demand-event.js'
import { withoutForeignFacts } from '../lineage/access/without-foreign-facts.js'
import type { LineageEvent } from '../lineage/openlineage/event.js'
import { located } from '../lineage/openlineage/located.js'
import { parseEvent } from '../lineage/openlineage/parse-event.js'
import type { Store } from '../store/store.js'
import { elementsOf } from '../util/json-elements.js'

/** An event with what it was read from. */
export interface ReadEvent {
  event: LineageEvent
  json: unknown
  /** Where it stands in the body: errors name the place. */
  path: string
}

/** Reads an event, as the JSON text that it came as. Throws BAD_USER_INPUT with the JSON path of what is wrong. */
export function readEventText(body: string): ReadEvent {
  const json = parseJson(body)
  return { json, event: parseEvent(json, body, '$'), path: '$' }
}

/** The same of an event of a list. */
export function readListedEvent({ at, event: json, body }: ListedEvent): ReadEvent {
  const path = `$[${at}]`
  return { json, event: parseEvent(json, body, path), path }
}

/**
 * Keeps an event and applies it, without what it says of inputs of which the caller may say nothing. What it answers is
 * committed; an event that has come before is none again. Throws FORBIDDEN, and SERVICE_UNAVAILABLE where too much waits
 * already.
 */
export async function ingestEvent(
  store: Pick<Store, 'ingest'>,
  access: Access,
  { event, json, path }: ReadEvent,
): Promise<void> {
  demandOfEvent(access, event)
  try {
    await store.ingest(access.mayEverywhere('RECORD') ? event : ofCaller(access, event, json, path))
  } catch (error) {
    throw located(error, path)
  }
}

function ofCaller(access: Access, event: LineageEvent, json: unknown, path: string): LineageEvent {
  const less = withoutForeignFacts(json, event, access)
  const kept = less === null ? event : parseEvent(less, JSON.stringify(less), path)
  return { ...kept, by: access }
}

/** An event of a list. */
export interface ListedEvent {
  /** Its place there. */
  at: number
  event: unknown
  /** The text that it came as. */
  body: string
}

/** A list of events. Throws BAD_USER_INPUT. */
export function parseEventList(body: string): ListedEvent[] {
  const events = parseJson(body)
  if (!Array.isArray(events)) throw badUserInput('$', 'something else', 'a list of events')
  const bodies = elementsOf(body)
  return events.map((event, at) => ({ at, event, body: bodies[at] ?? '' }))
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw badUserInput('$', error instanceof Error ? error.message : 'something else', 'JSON')
  }
}
