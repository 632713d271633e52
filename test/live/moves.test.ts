import { expect, test } from '@jest/globals'
import { dataset, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'
import { subscribe, TRANSPORTS } from '../harness/subscriber.js'

const ALL = `subscription ($after: String) {
  materializationRecorded(after: $after) { materialization { version asset { key } } watermark }
}`
interface Event {
  materializationRecorded: { materialization: { version: string; asset: { key: string } }; watermark: string }
}

const VERSIONS = 300

test.each(TRANSPORTS)(
  'who follows over an open %s while two names become one asset is told of each materialization once',
  async (transport) => {
    await using server = await startTestServer()
    const { watermark } = await record(server, { assets: [{ namespace: 'lake', key: 'a' }] })
    const versions = Array.from({ length: VERSIONS }, (_, at) => `v${at}`)
    const writing = (async () => {
      for (const [at, version] of versions.entries()) {
        if (at === VERSIONS / 2) await sendEvents(server, [linkOf('a', 'b')])
        await record(server, { assets: [{ namespace: 'lake', key: at % 3 === 0 ? 'a' : 'b', version }] })
      }
    })()
    const told: string[] = []
    let after = watermark
    // Connects anew now and then, so that what was moved meanwhile is read as it is by then.
    while (told.length < VERSIONS) {
      await using subscription = subscribe<Event>(server.url, ALL, { transport, variables: { after } })
      for (let count = 0; count < 70 && told.length < VERSIONS; count++) {
        const { materializationRecorded: event } = await subscription.next()
        told.push(event.materialization.version)
        after = event.watermark
      }
    }
    await writing
    expect(told).toEqual(versions)
    await using again = subscribe<Event>(server.url, ALL, { transport, variables: { after: watermark } })
    const { materializationRecorded: first } = await again.next()
    expect(first.materialization).toEqual({ version: 'v0', asset: { key: 'a' } })
    const { materializationRecorded: second } = await again.next()
    expect(second.materialization).toEqual({ version: 'v1', asset: { key: 'a' } })
  },
)

/** Says that one dataset has another name too. */
function linkOf(name: string, other: string) {
  return {
    eventTime: minute(900),
    producer: 'https://example.com',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: dataset(name, { facets: { symlinks: { identifiers: [dataset(other)] } } }),
  }
}
