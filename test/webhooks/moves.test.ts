import { expect, test } from '@jest/globals'
import { dataset, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver } from '../harness/webhook-receiver.js'
import { check, createWebhook } from '../harness/webhooks.js'

test('what was told of an asset is not told again when that becomes one with another', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  await record(server, { assets: [{ namespace: 'default', key: 'a' }] })
  await check(server, 'b', 'earlier')
  await receiver.until(({ received }) => received.length === 1)
  await sendEvents(server, [
    {
      eventTime: minute(900),
      producer: 'https://example.com',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
      dataset: {
        namespace: 'default',
        name: 'a',
        facets: { symlinks: { identifiers: [{ ...dataset('b'), namespace: 'default', type: 'TABLE' }] } },
      },
    },
  ])
  await check(server, 'b', 'later')
  await receiver.until(({ received }) => received.length === 2)
  expect(
    receiver.received.map(({ data }) => [data['asset'], (data['check'] as { name: string }).name]),
  ).toEqual([
    [{ namespace: 'default', key: 'b' }, 'earlier'],
    [{ namespace: 'default', key: 'a' }, 'later'],
  ])
})
