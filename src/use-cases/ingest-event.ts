import { badUserInput } from '../errors/headwater-error.js'
import { parseEvent } from '../lineage/openlineage/parse-event.js'
import type { Store } from '../store/store.js'

/**
 * Keeps an OpenLineage event, as the JSON text that it came as, and applies it. What it answers is committed; an event
 * that has come before is none again. Throws BAD_USER_INPUT with the JSON path of what is wrong, and
 * SERVICE_UNAVAILABLE where too much waits already.
 */
export async function ingestEventText(store: Pick<Store, 'ingest'>, body: string): Promise<void> {
  await store.ingest(parseEvent(parseJson(body), body))
}

/** The same for an event of a list; `at`: its place there. */
export async function ingestListedEvent(
  store: Pick<Store, 'ingest'>,
  event: unknown,
  at: number,
): Promise<void> {
  await store.ingest(parseEvent(event, () => JSON.stringify(event), `$[${at}]`))
}

/** A list of events. Throws BAD_USER_INPUT. */
export function parseEventList(body: string): unknown[] {
  const events = parseJson(body)
  if (!Array.isArray(events)) throw badUserInput('$', 'something else', 'a list of events')
  return events
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw badUserInput('$', error instanceof Error ? error.message : 'something else', 'JSON')
  }
}
