import { badUserInput } from '../errors/headwater-error.js'
import { located } from '../lineage/openlineage/located.js'
import { parseEvent } from '../lineage/openlineage/parse-event.js'
import type { Store } from '../store/store.js'
import { elementsOf } from '../util/json-elements.js'

/**
 * Keeps an OpenLineage event, as the JSON text that it came as, and applies it. What it answers is committed; an event
 * that has come before is none again. Throws BAD_USER_INPUT with the JSON path of what is wrong, and
 * SERVICE_UNAVAILABLE where too much waits already.
 */
export async function ingestEventText(store: Pick<Store, 'ingest'>, body: string): Promise<void> {
  await ingestEvent(store, parseJson(body), body, '$')
}

/** An event of a list. */
export interface ListedEvent {
  /** Its place there. */
  at: number
  event: unknown
  /** The text that it came as. */
  body: string
}

/** The same for an event of a list. */
export async function ingestListedEvent(
  store: Pick<Store, 'ingest'>,
  { at, event, body }: ListedEvent,
): Promise<void> {
  await ingestEvent(store, event, body, `$[${at}]`)
}

/** A list of events. Throws BAD_USER_INPUT. */
export function parseEventList(body: string): ListedEvent[] {
  const events = parseJson(body)
  if (!Array.isArray(events)) throw badUserInput('$', 'something else', 'a list of events')
  const bodies = elementsOf(body)
  return events.map((event, at) => ({ at, event, body: bodies[at] ?? '' }))
}

async function ingestEvent(
  store: Pick<Store, 'ingest'>,
  event: unknown,
  body: string,
  path: string,
): Promise<void> {
  const parsed = parseEvent(event, body, path)
  try {
    await store.ingest(parsed)
  } catch (error) {
    throw located(error, path)
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw badUserInput('$', error instanceof Error ? error.message : 'something else', 'JSON')
  }
}
