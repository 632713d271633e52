import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { postEvents, runEvent } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await record(server, {
    assets: [
      { key: 'b', upstream: [{ key: 'a' }] },
      { key: 'c', upstream: [{ key: 'b' }] },
    ],
  })
})
afterAll(() => server[Symbol.asyncDispose]())

/** A server on the same data, with limits of its own. */
const withLimits = (variables: Record<string, string>) =>
  startTestServer({ database: server.database, variables })

const times = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ')

/** Refused as too complex, with nothing asked of the database. */
async function expectTooComplex(
  to: TestServer,
  query: string,
  message: string,
  variables: Record<string, unknown> = {},
): Promise<void> {
  const statements = await to.statementsOf(async () => {
    const { status, data, errors } = await to.ask(query, variables)
    expect(errors).toEqual([{ message, extensions: { code: 'QUERY_TOO_COMPLEX' } }])
    expect([status, data]).toEqual([400, null])
  })
  expect(statements).toEqual([])
}

describe('a query', () => {
  test('depth: 64 levels are answered, enough for 31 hops one in the other; 65 are not', async () => {
    const nested = (inner: string) =>
      `{ asset(key: "c") { ${'upstream(first: 1) { nodes { '.repeat(31)} ${inner} ${'} } '.repeat(31)} } }`
    expect(await server.query(nested('key'))).toMatchObject({
      asset: { upstream: { nodes: [{ upstream: { nodes: [{ upstream: { nodes: [] } }] } }] } },
    })
    await expectTooComplex(
      server,
      nested('key latestMaterialization { id }'),
      'expected a query of at most 64 levels (HEADWATER_QUERY_DEPTH), got 65',
    )
  })

  const aliases = (count: number) => `{ ${times(count, (at) => `a${at}: asset(key: "b") { key }`)} }`
  test('aliases: 30 are answered, 31 are not', async () => {
    expect(Object.keys(await server.query<object, object>(aliases(30)))).toHaveLength(30)
    await expectTooComplex(
      server,
      aliases(31),
      'expected a query of at most 30 aliases (HEADWATER_QUERY_ALIASES), got 31',
    )
  })

  test('aliases in a fragment count wherever it is used', async () => {
    const used = (count: number) =>
      `{ ${times(count, () => 'asset(key: "b") { ...F }')} } fragment F on Asset { one: key two: key }`
    await server.query(used(15))
    await expectTooComplex(
      server,
      used(16),
      'expected a query of at most 30 aliases (HEADWATER_QUERY_ALIASES), got 32',
    )
  })

  test('fields under one name: 20 are answered, 21 are not, in whatever places they stand', async () => {
    const same = (count: number) =>
      `{ asset(key: "b") { ${times(count - 1, () => 'k: key')} } asset(key: "b") { k: key } }`
    expect(await server.query(same(20))).toEqual({ asset: { k: 'b' } })
    await expectTooComplex(
      server,
      same(21),
      'expected a query of at most 20 fields named k (HEADWATER_QUERY_SAME_KEY), got 21',
    )
  })

  test('directives: 50 are answered, 51 are not', async () => {
    const nested = (count: number) =>
      `{ asset(key: "b") { ${'... @include(if: true) { '.repeat(count)} key ${'} '.repeat(count)} } }`
    expect(await server.query(nested(50))).toEqual({ asset: { key: 'b' } })
    await expectTooComplex(
      server,
      nested(51),
      'expected a query of at most 50 directives (HEADWATER_QUERY_DIRECTIVES), got 51',
    )
  })

  test('tokens: as many as are allowed are answered, one more is not', async () => {
    await using small = await withLimits({ HEADWATER_QUERY_TOKENS: '100' })
    const tokens = (count: number) =>
      `{ assets(filter: { keys: [ ${times(count - 16, () => '"b"')} ] }) { totalCount } }`
    expect(await small.query(tokens(100))).toEqual({ assets: { totalCount: 1 } })
    const statements = await small.statementsOf(async () => {
      const { status, errors } = await small.ask(tokens(101))
      expect(status).toBe(400)
      expect(errors).toMatchObject([
        {
          message: 'expected a query of at most 100 tokens (HEADWATER_QUERY_TOKENS), got more',
          extensions: { code: 'QUERY_TOO_COMPLEX' },
        },
      ])
    })
    expect(statements).toEqual([])
  })

  test('recursive selections: what fragments come to counts, not what is written', async () => {
    await using small = await withLimits({ HEADWATER_QUERY_SELECTIONS: '100' })
    // 2 times 41, 17 and 1.
    const selections = (more: string) =>
      `{ __typename x: asset(key: "b") { ${times(20, () => '...F')} } y: asset(key: "b") { ${times(20, () => '...F')} }
        z: asset(key: "b") { ${times(8, () => '...F')} ${more} } } fragment F on Asset { key }`
    await small.query(selections(''))
    await expectTooComplex(
      small,
      selections('namespace'),
      'expected a query of at most 100 fields and fragments, those of a fragment counted wherever it is used (HEADWATER_QUERY_SELECTIONS), got more',
    )
  })

  test('fragments that double each other are refused before they are followed', async () => {
    const doubling = times(40, (at) => `fragment F${at + 1} on Asset { ...F${at} ...F${at} }`)
    await expectTooComplex(
      server,
      `{ asset(key: "b") { ...F40 } } fragment F0 on Asset { key } ${doubling}`,
      'expected a query of at most 10000 fields and fragments, those of a fragment counted wherever it is used (HEADWATER_QUERY_SELECTIONS), got more',
    )
  })

  describe('cost', () => {
    let small: TestServer
    beforeAll(async () => {
      small = await withLimits({ HEADWATER_QUERY_COST: '1000' })
    })
    afterAll(() => small[Symbol.asyncDispose]())

    const tooCostly = (got: number, most: number, of: string) =>
      `expected a query that costs at most 1000 (HEADWATER_QUERY_COST), got ${got}, of it ${most} for ${of}: ask for a smaller first or limit, or for fewer levels`

    test('lists cost first, and multiply, by the variables that come', async () => {
      const query = `query ($first: Int) { assets(first: 10) { nodes { upstream(first: $first) { totalCount } } } }`
      await small.query(query, { first: 99 })
      await expectTooComplex(small, query, tooCostly(1010, 1000, 'assets.nodes.upstream'), { first: 100 })
    })

    test('the default of a variable, and of an argument, count', async () => {
      const query = (value: string) =>
        `query ($first: Int${value}) { assets(first: 50) { nodes { upstream(first: $first) { totalCount } } } }`
      await small.query(query(' = 19'))
      await expectTooComplex(small, query(' = 20'), tooCostly(1050, 1000, 'assets.nodes.upstream'))
      await expectTooComplex(small, query(''), tooCostly(2550, 2500, 'assets.nodes.upstream'))
    })

    test('a walk costs its limit, whatever is selected of it', async () => {
      const walk = (limit: string) =>
        `{ lineage(root: { key: "c" }, direction: UPSTREAM${limit}) { watermark } }`
      await small.query(walk(''))
      await small.query(walk(', limit: 1000'))
      await expectTooComplex(small, walk(', limit: 1001'), tooCostly(1001, 1001, 'lineage'))
    })

    test('what hangs on the nodes of a walk multiplies', async () => {
      const walk = (limit: number) =>
        `{ lineage(root: { key: "c" }, direction: UPSTREAM, limit: ${limit}) { nodes { asset { key latestMaterialization { id } } } } }`
      await small.query(walk(333))
      await expectTooComplex(small, walk(334), tooCostly(1002, 334, 'lineage'))
    })

    test('nested lists count no more than an answer may hold of them', async () => {
      const nested = (levels: number) =>
        `{ asset(key: "c") { ${'upstream(first: 1000) { nodes { '.repeat(levels)} key ${'} } '.repeat(levels)} } }`
      await server.query(nested(20))
      // 1 and 1,000, then 50,000 each.
      await expectTooComplex(
        server,
        nested(22),
        'expected a query that costs at most 1000000 (HEADWATER_QUERY_COST), got 1051001, of it 50000 for asset.upstream.nodes.upstream: ask for a smaller first or limit, or for fewer levels',
      )
    })
  })
})

describe('a body', () => {
  const post = (to: TestServer, body: string) =>
    fetch(`${to.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  test('JSON depth: 128 levels are read, 129 are not; brackets in texts are none', async () => {
    const nested = (levels: number) =>
      `{"query":"{ __typename } #${'['.repeat(500)}\\"","variables":{"x":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`
    expect((await post(server, nested(128))).status).toBe(200)
    const response = await post(server, nested(129))
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'expected JSON of at most 128 levels (HEADWATER_JSON_DEPTH), got 129',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    })
  })

  test('size: as many bytes as are allowed are read, one more is not', async () => {
    await using small = await withLimits({ HEADWATER_BODY_LIMIT_BYTES: '1024' })
    const sized = (bytes: number) => {
      const [start, end] = ['{"query":"{ __typename }","x":"', '"}']
      return `${start}${'x'.repeat(bytes - start.length - end.length)}${end}`
    }
    expect((await post(small, sized(1024))).status).toBe(200)
    const response = await post(small, sized(1025))
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({
      errors: [
        { message: expect.stringContaining('at most 1024 bytes'), extensions: { code: 'BAD_USER_INPUT' } },
      ],
    })
  })

  test('no list of operations', async () => {
    const response = await post(server, '[{"query":"{ __typename }"},{"query":"{ __typename }"}]')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })
})

const WALK = '{ lineage(root: { key: "c" }, direction: UPSTREAM) { nodes { asset { key } } } }'
const LOCK = 'LOCK TABLE asset IN ACCESS EXCLUSIVE MODE'

describe('request time', () => {
  const SLOW: [what: string, query: string][] = [
    ['a look-up', '{ asset(key: "b") { key } }'],
    ['a walk', WALK],
    ['a walk as of a time', WALK.replace('UPSTREAM', 'UPSTREAM, asOf: "2100-01-01T00:00:00Z"')],
  ]
  test.each(SLOW)('%s that takes longer is an error, and ends in PostgreSQL too', async (_what, query) => {
    await using hasty = await withLimits({ HEADWATER_REQUEST_TIMEOUT_MS: '300' })
    await whileHolding(server.database, LOCK, async (untilBlocked) => {
      const asking = hasty.ask(query)
      await untilBlocked(1)
      const { status, data, errors, headers } = await asking
      expect([status, data, headers.get('retry-after')]).toEqual([503, null, null])
      expect(errors).toEqual([
        {
          message:
            'expected an answer within 300 ms (HEADWATER_REQUEST_TIMEOUT_MS), got none: ask for less, or raise that',
          extensions: { code: 'SERVICE_UNAVAILABLE', retryable: false },
        },
      ])
      // The lock is still held: nothing but the server has ended it.
      await untilBlocked(0)
    })
    expect((await hasty.ask(query)).errors).toEqual([])
  })

  test('a recording is not cut off: who sent it must know what has become of it', async () => {
    await using hasty = await withLimits({ HEADWATER_REQUEST_TIMEOUT_MS: '1' })
    const answer = await whileHolding(server.database, LOCK, async (untilBlocked) => {
      const recording = record(hasty, { assets: [{ key: 'late', upstream: [{ key: 'b' }] }] })
      await untilBlocked(1)
      return { recording }
    })
    await answer.recording
  })
})

test('concurrent walks: as many as are allowed are answered, one more is told to come again', async () => {
  await using narrow = await withLimits({ HEADWATER_WALKS: '1' })
  const { walking } = await whileHolding(server.database, LOCK, async (untilBlocked) => {
    const first = narrow.ask(WALK)
    await untilBlocked(1)
    const statements = await narrow.statementsOf(async () => {
      const { status, errors, headers } = await narrow.ask(WALK)
      expect([status, headers.get('retry-after')]).toEqual([503, '1'])
      expect(errors).toEqual([
        {
          message:
            '1 more beside the 1 under way: expected at most 1 at once (HEADWATER_WALKS); try again shortly',
          extensions: { code: 'SERVICE_UNAVAILABLE' },
        },
      ])
      const exported = await fetch(`${narrow.url}/export/lineage?root=c&direction=UPSTREAM`)
      expect(exported.status).toBe(503)
      // What walks nothing is answered meanwhile.
      expect((await narrow.ask('{ __typename }')).status).toBe(200)
    })
    expect(statements).toEqual([])
    return { walking: first }
  })
  expect((await walking).errors).toEqual([])
  expect((await narrow.ask(WALK)).errors).toEqual([])
  expect((await fetch(`${narrow.url}/export/lineage?root=c&direction=UPSTREAM`)).status).toBe(200)
})

describe('pages of other sites', () => {
  const query = 'mutation { retireAsset(asset: { key: "b" }) { key } }'
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'cannot ask GraphQL with a body of type %j',
    async (type) => {
      const body = new Blob([JSON.stringify({ query })], { type })
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', body })
      expect(response.status).toBe(400)
      expect(await server.query('{ asset(key: "b") { retiredAt } }')).toEqual({ asset: { retiredAt: null } })
    },
  )

  test('cannot ask GraphQL by a link', async () => {
    const link = `${server.url}/graphql?query=${encodeURIComponent('{ __typename }')}`
    expect((await fetch(link)).status).toBe(400)
    expect((await fetch(link, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(200)
  })

  test.each(['/api/v1/lineage', '/api/v1/lineage?x', '/api/v1/lineage/batch'])(
    'cannot send events to %s; the server’s own may, as may programs',
    async (path) => {
      await using other = await startTestServer()
      const event = runEvent('job', 'run-1', 'COMPLETE', minute(1), {
        outputs: [{ namespace: 'n', name: 'made' }],
      })
      const body = path.endsWith('batch') ? [event] : event
      const send = (headers: Record<string, string>) =>
        postEvents(other, body, { path, headers: { 'content-type': 'text/plain', ...headers } })
      for (const origin of ['https://elsewhere.example', 'null']) {
        const response = await send({ origin })
        expect(response.status).toBe(403)
        expect(await response.json()).toEqual({
          errors: [
            {
              message: 'expected no page of another site to send events',
              extensions: { code: 'FORBIDDEN' },
            },
          ],
        })
      }
      expect(await countRows(other)).toMatchObject({ materializations: 0 })
      expect((await send({ origin: other.url })).ok).toBe(true)
      await clear(other)
      expect((await send({})).ok).toBe(true)
      expect(await countRows(other)).toMatchObject({ materializations: 1 })
    },
  )

  test('are allowed to read no answer', async () => {
    for (const path of ['/graphql', '/export/lineage', '/api/v1/lineage', '/', '/readyz']) {
      const { headers } = await fetch(`${server.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
      })
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })
})

describe('what the API tells of itself', () => {
  const MISSPELT = '{ aset(key: "b") { key } }'
  const messageOf = async (to: TestServer, query: string) => {
    const { status, errors } = await to.ask(query)
    expect(status).toBe(400)
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    return errors[0]?.message
  }

  test('all of it, by default', async () => {
    expect(await server.query('{ __schema { queryType { name } } }')).toEqual({
      __schema: { queryType: { name: 'Query' } },
    })
    expect(await messageOf(server, MISSPELT)).toMatch(/Did you mean "asset"/)
  })

  test('nothing without introspection', async () => {
    await using silent = await withLimits({ HEADWATER_INTROSPECTION: 'off', HEADWATER_SUGGESTIONS: 'on' })
    for (const query of ['{ __schema { queryType { name } } }', '{ __type(name: "Asset") { name } }'])
      expect(await messageOf(silent, query)).toBe('introspection is off (HEADWATER_INTROSPECTION)')
    expect(await messageOf(silent, MISSPELT)).toBe('Cannot query field "aset" on type "Query".')
    expect(await silent.query('{ asset(key: "b") { __typename } }')).toEqual({
      asset: { __typename: 'Asset' },
    })
  })

  test('no suggestions, where they are off', async () => {
    await using terse = await withLimits({ HEADWATER_SUGGESTIONS: 'off' })
    expect(await messageOf(terse, MISSPELT)).toBe('Cannot query field "aset" on type "Query".')
    await terse.query('{ __schema { queryType { name } } }')
  })
})
