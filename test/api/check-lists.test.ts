import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import {
  asserted,
  type CheckAnswer,
  type ChecksAnswer,
  checksByVersion,
  checksOfAsset,
  testRun,
} from '../harness/assertions.js'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

/** Three runs that assert ten things each, two of them at once, and three results recorded at the same times. */
async function manyChecks(): Promise<void> {
  const { materializations } = await record(server, {
    materializedAt: minute(1),
    assets: [{ namespace: 'lake', key: 'orders', version: 'v1' }],
  })
  const names = Array.from({ length: 10 }, (_, at) => ({ assertion: `check ${at}`, success: at > 3 }))
  await sendEvents(server, [
    testRun('1', minute(2), asserted('orders', ...names)),
    testRun('2', minute(3), asserted('orders', ...names)),
    testRun('3', minute(3), asserted('orders', ...names)),
  ])
  for (const at of [2, 3, 4]) {
    await server.query<object, object>(
      'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
      {
        input: {
          materializationId: materializations[0]?.id,
          checkedAt: minute(at),
          checks: [{ name: `recorded ${at}`, status: 'PASSED' }],
        },
      },
    )
  }
}

test.each([1, 4, 10, 11, 33, 50])(
  'a list of checks has each once, in one order, in pages of %i',
  async (first) => {
    await manyChecks()
    const whole = await checksOfAsset(server, 'orders')
    expect(whole).toMatchObject({ totalCount: 33, pageInfo: { hasNextPage: false } })
    const order = whole.nodes.map(({ checkedAt, id }) => ({
      checkedAt,
      checkId: Buffer.from(id, 'base64url').subarray(17).toString('hex'),
    }))
    expect(order).toEqual(
      order.toSorted((a, b) => (a.checkedAt + a.checkId < b.checkedAt + b.checkId ? 1 : -1)),
    )
    const lists = {
      asset: (after: string | null) => checksOfAsset(server, 'orders', { first, after }),
      materialization: async (after: string | null) =>
        (await checksByVersion(server, 'orders', { first, after }))['v1'],
    }
    for (const pageBehind of Object.values(lists)) {
      const paged: CheckAnswer[] = []
      let after: string | null = null
      do {
        const page: ChecksAnswer | undefined = await pageBehind(after)
        expect(page?.totalCount).toBe(33)
        paged.push(...(page?.nodes ?? []))
        after = page?.pageInfo.hasNextPage === true ? page.pageInfo.endCursor : null
      } while (after !== null)
      expect(paged).toEqual(whole.nodes)
    }
  },
)

test('lists of checks cost as many statements for twenty as for one', async () => {
  const list = (first: number) =>
    server.statementsOf(() =>
      server.query<object, undefined>(
        `{ materializations(first: ${first}) { nodes { checks { totalCount nodes { name materialization { id } } } } }
           assets(first: ${first}) { nodes { checks { totalCount nodes { name } } } } }`,
      ),
    )
  for (let at = 1; at <= 20; at++) {
    await sendEvents(server, [
      runEvent('dag.load', String(at), 'COMPLETE', minute(1), { outputs: [dataset(`out/${at}`)] }),
      testRun(`test ${at}`, minute(2), asserted(`out/${at}`, { assertion: 'unique', success: true })),
    ])
  }
  expect((await list(20)).length).toBe((await list(1)).length)
})
