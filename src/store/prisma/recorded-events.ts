import type { Watermark } from '../../lineage/live/watermark.js'
import { encodeWatermark } from '../../lineage/live/watermark.js'
import type { RecordedEvent, RecordedSince } from '../store.js'
import type { RecordedOfAsset } from './recorded-log.js'

/** As the store answers with them. */
export function encoded({
  since,
  pages,
}: {
  since: Watermark
  pages: AsyncGenerator<RecordedOfAsset[]>
}): RecordedSince {
  return { since: encodeWatermark(since), pages: encodedPages(pages) }
}

async function* encodedPages(pages: AsyncGenerator<RecordedOfAsset[]>): AsyncGenerator<RecordedEvent[]> {
  for await (const page of pages) yield page.map(encodedEvent)
}

/** Of the same the same: many are told of it. */
const encodedEvents = new WeakMap<RecordedOfAsset, RecordedEvent>()

function encodedEvent(one: RecordedOfAsset): RecordedEvent {
  const { materialization, asset, otherNames, watermark } = one
  const event = encodedEvents.get(one) ?? {
    materialization,
    asset,
    otherNames: otherNames.first,
    watermark: encodeWatermark(watermark),
  }
  encodedEvents.set(one, event)
  return event
}
