import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type ExportParameters, exported, exportText, exportUrl, parseExport } from '../harness/exports.js'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { program } from '../harness/program.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'

jest.setTimeout(240_000)

/** What comes back, before any of its body: unlike fetch, this reads nothing by itself, and inflates nothing. */
async function open(
  server: TestServer,
  parameters: ExportParameters,
  headers = {},
): Promise<IncomingMessage> {
  const outgoing = request(exportUrl(server, parameters), { headers })
  outgoing.on('error', () => undefined)
  outgoing.end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return incoming
}

describe('a small graph', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await record(server, {
      assets: [{ key: 'text', kind: 'text', description: 'read by machine' }],
      upstream: [{ key: 'raw "quoted"' }, { key: 'a,b', namespace: 'lake' }],
    })
    await record(server, { assets: [{ key: 'claims' }], upstream: [{ key: 'text' }] })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const get = async (parameters: ExportParameters, init: RequestInit = {}) => {
    const response = await fetch(exportUrl(server, parameters), init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  test('comes as NDJSON with all that is said of each asset', async () => {
    const { text, headers } = await get({ key: 'claims', direction: 'upstream', depth: 1 })
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toMatchObject([
      { type: 'node', namespace: 'default', key: 'claims', distance: 0, kind: 'json' },
      { type: 'node', key: 'text', distance: 1, kind: 'text', description: 'read by machine', tags: {} },
      { type: 'edge', upstream: { key: 'text' }, downstream: { key: 'claims' }, viaCount: 0 },
      { type: 'trailer', nodes: 2, edges: 1, complete: false, stoppedBy: ['DEPTH'] },
    ])
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    expect(headers.get('content-disposition')).toBe('attachment; filename=lineage-claims.ndjson')
    expect([headers.get('headwater-nodes'), headers.get('headwater-edges')]).toEqual(['2', '1'])
  })

  test('comes as CSV, DOT, Mermaid and OpenLineage', async () => {
    const parameters = { key: 'text', direction: 'both' }
    const csv = await get({ ...parameters, format: 'csv' })
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(csv.text.replace(/[^,]*\r\n$/, '')).toBe(
      [
        'record,namespace,key,kind,distance,upstream_namespace,upstream_key,via_count,nodes,edges,complete,stopped_by,watermark',
        'node,default,text,text,0,,,,,,,,',
        'node,default,claims,json,1,,,,,,,,',
        'node,default,"raw ""quoted""",json,1,,,,,,,,',
        'node,lake,"a,b",json,1,,,,,,,,',
        'edge,default,text,,,default,"raw ""quoted""",0,,,,,',
        'edge,default,text,,,lake,"a,b",0,,,,,',
        'edge,default,claims,,,default,text,0,,,,,',
        'trailer,,,,,,,,4,3,true,,',
      ].join('\r\n'),
    )
    const dot = await get({ ...parameters, format: 'dot' })
    expect(dot.headers.get('content-type')).toBe('text/vnd.graphviz; charset=utf-8')
    expect(dot.text).toContain('  n2 [label="default/raw \\"quoted\\"" kind="json" distance=1]\n')
    expect(dot.text).toContain('  n2 -> n0\n')
    const mermaid = await get({ ...parameters, format: 'mermaid' })
    expect(mermaid.headers.get('content-type')).toBe('text/vnd.mermaid; charset=utf-8')
    expect(mermaid.text).toContain('  n2["default/raw #34;quoted#34;"]\n')
    const events = await get({ ...parameters, format: 'openlineage' })
    expect(events.headers.get('content-disposition')).toContain('lineage-text.openlineage.ndjson')
    expect(parseExport('openlineage', events.text).edges).toHaveLength(3)
  })

  test('an edge over hidden assets says over how many', async () => {
    const parameters = { key: 'claims', direction: 'upstream', ends: 'roots' }
    const { edges, trailer } = await exported(server, 'mermaid', parameters)
    expect(edges).toEqual([
      'default/raw "quoted" > default/claims over 1',
      'lake/a,b > default/claims over 1',
    ])
    // What is no root was not asked for.
    expect(trailer).toMatchObject({ complete: true })
  })

  test('a selection is exported as lineageOfSelection has it, contracted where that is asked for', async () => {
    const read = async (parameters: Record<string, string>) => {
      const response = await fetch(`${server.url}/export/lineage?${new URLSearchParams(parameters)}`)
      const { nodes, edges, trailer } = parseExport('mermaid', await response.text())
      return { nodes, edges, complete: trailer.complete }
    }
    const selection = 'roots(+claims) or claims'
    const args = { selection, format: 'mermaid' }
    const nodes = ['default/claims', 'default/raw "quoted"', 'lake/a,b'].map((name) =>
      expect.stringContaining(name),
    )
    expect(await read(args)).toEqual({ nodes, edges: [], complete: true })
    expect(await read({ ...args, contract: 'true' })).toEqual({
      nodes,
      edges: ['default/raw "quoted" > default/claims over 1', 'lake/a,b > default/claims over 1'],
      complete: true,
    })
    for (const [wrong, field] of [
      [{ selection: 'claims and' }, 'selection'],
      [{ selection, depth: '1' }, 'depth'],
      [{ key: 'claims', direction: 'both', contract: 'true' }, 'contract'],
      [{ key: 'claims' }, 'direction'],
    ] as const) {
      const response = await fetch(`${server.url}/export/lineage?${new URLSearchParams(wrong)}`)
      expect(response.status).toBe(400)
      const { errors } = (await response.json()) as { errors: { extensions: { field: string } }[] }
      expect(errors[0]?.extensions.field).toBe(field)
    }
  })

  test('root stands for key, and words may be in either case', async () => {
    // Other databases of the same PostgreSQL move watermarks on.
    const textOf = async (parameters: Record<string, string>) =>
      (await exportText(server, { ...parameters, namespace: 'lake' })).replace(/"watermark":"\w+"/, '')
    expect(await textOf({ root: 'a,b', direction: 'downstream', scope: 'all' })).toBe(
      await textOf({ key: 'a,b', direction: 'DOWNSTREAM' }),
    )
  })

  test('comes compressed where it is asked for', async () => {
    const incoming = await open(server, { key: 'text', direction: 'both' }, { 'accept-encoding': 'gzip' })
    expect(incoming.headers['content-encoding']).toBe('gzip')
    const text = gunzipSync(Buffer.concat(await incoming.toArray())).toString()
    expect(parseExport('ndjson', text).nodes).toHaveLength(4)
  })

  test.each([
    [{ direction: 'up' }, 400, 'BAD_USER_INPUT', 'direction: expected upstream, downstream, both, got "up"'],
    [{ direction: null }, 400, 'BAD_USER_INPUT', 'direction: expected upstream, downstream, both, got none'],
    [{ key: null }, 400, 'BAD_USER_INPUT', 'key: expected the key of the asset to start at, got none'],
    [{ root: 'text' }, 400, 'BAD_USER_INPUT', 'root: expected key or root, which mean the same, got both'],
    [{ depth: '-1' }, 400, 'BAD_USER_INPUT', 'depth: expected a whole number of hops, 0 or more, got "-1"'],
    [
      { format: 'xml' },
      400,
      'BAD_USER_INPUT',
      'format: expected ndjson, csv, dot, mermaid, openlineage, got "xml"',
    ],
    [
      { asOf: 'then' },
      400,
      'BAD_USER_INPUT',
      'asOf: expected an ISO 8601 instant with an offset, got "then"',
    ],
    [
      { dept: 1 },
      400,
      'BAD_USER_INPUT',
      expect.stringMatching(/^dept: expected no other parameter than key, /),
    ],
    [{ filter: '{' }, 400, 'BAD_USER_INPUT', 'filter: expected a LineageFilter as JSON, got "{"'],
    [{ filter: { hide: {} } }, 400, 'BAD_USER_INPUT', 'filter.hide: expected no such member, got one'],
    [
      { filter: { show: { keys: [1] } } },
      400,
      'BAD_USER_INPUT',
      'filter.show.keys[0]: expected string, got number',
    ],
    [
      { filter: { show: { keyPrefix: '' } } },
      400,
      'BAD_USER_INPUT',
      'filter.show.keyPrefix: expected 1 to 2048 characters, got 0 characters',
    ],
    [{ atLeast: 'x' }, 400, 'BAD_USER_INPUT', expect.stringMatching(/^atLeast: expected a watermark/)],
    [{ atLeast: 'AAAA' }, 400, 'BAD_USER_INPUT', expect.stringMatching(/^atLeast: expected a watermark/)],
    [
      { key: 'nothing' },
      404,
      'ASSET_NOT_FOUND',
      'key: no asset "nothing" in namespace "default" has been recorded',
    ],
    [
      { key: 'text', asOf: '1970-01-01T00:00:00Z' },
      404,
      'ASSET_NOT_FOUND',
      expect.stringContaining('was known at'),
    ],
  ])('%j is refused with %i', async (wrong, status, code, message) => {
    const answer = await get({ key: 'text', direction: 'both', ...wrong })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ message, extensions: { code } }] })
  })

  test('a parameter given twice, another method and another path are refused', async () => {
    const url = exportUrl(server, { key: 'text', direction: 'both' })
    const twice = await fetch(`${url}&direction=upstream`)
    expect(await twice.json()).toMatchObject({
      errors: [{ message: 'direction: expected one value, got several', extensions: { field: 'direction' } }],
    })
    const posted = await fetch(url, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405)
    expect((await fetch(`${server.url}/export/nothing`)).status).toBe(404)
  })
})

/** A binary tree: each asset but the first has been made from the one of half its number. */
const tree = (size: number): KeyedEdge[] =>
  Array.from({ length: size - 1 }, (_, at) => [`tree/${(at + 2) >> 1}`, `tree/${at + 2}`] as const)

/** How often rows of assets have been asked for since. */
function countFetches(): { now(): number; stop(): void } {
  const spy = jest.spyOn(program.pg.Client.prototype, 'query')
  return {
    now: () =>
      spy.mock.calls.filter(
        ([query]) => (query as unknown as { name?: string }).name === 'headwater assets by id',
      ).length,
    stop: () => spy.mockRestore(),
  }
}

/** Waits until nothing has been fetched for a while, in which the server has answered others. */
async function atRest(server: TestServer, fetches: { now(): number }): Promise<number> {
  let count = fetches.now()
  for (let quiet = 0; quiet < 20; quiet++) {
    await fetch(`${server.url}/readyz`)
    if (fetches.now() !== count) quiet = 0
    count = fetches.now()
  }
  return count
}

describe('a large graph', () => {
  const SIZE = 110_000
  const STATEMENTS = 2 * Math.ceil(SIZE / 1_000)
  const WHOLE = { key: 'tree/1', direction: 'downstream' }
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await seedGraph(server, tree(SIZE))
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('comes whole, each asset and edge once, in a bounded number of statements', async () => {
    let text = ''
    const statements = await server.statementsOf(async () => {
      text = await exportText(server, WHOLE)
    })
    const { nodes, edges, trailer } = parseExport('ndjson', text)
    expect(new Set(nodes).size).toBe(SIZE)
    expect(new Set(edges).size).toBe(SIZE - 1)
    expect(trailer).toMatchObject({ nodes: SIZE, edges: SIZE - 1, complete: true, stoppedBy: [] })
    // One for each 1,000 assets, and for each 1,000 edges.
    expect(statements).toHaveLength(STATEMENTS)
  })

  test('all leaves come, however many edges connect them with the root', async () => {
    const leaves = await exported(server, 'dot', { key: 'tree/1', direction: 'downstream', ends: 'leaves' })
    expect(leaves.trailer).toMatchObject({ nodes: SIZE / 2 + 1, edges: SIZE / 2 })
    expect(leaves.nodes.length).toBe(SIZE / 2 + 1)
  })

  test('who does not read is not written for; who goes away ends the work', async () => {
    const fetches = countFetches()
    try {
      const incoming = await open(server, WHOLE)
      const held = await atRest(server, fetches)
      // As much as the sockets hold.
      expect(held).toBeGreaterThan(0)
      expect(held).toBeLessThan(STATEMENTS / 2)
      incoming.destroy()
      expect(await atRest(server, fetches)).toBeLessThanOrEqual(held + 1)
    } finally {
      fetches.stop()
    }
  })

  test('where the database fails on the way the connection breaks, and no trailer comes', async () => {
    await using proxy = await startDatabaseProxy(server.database.url)
    await using behind = await startTestServer({
      database: server.database,
      variables: { DATABASE_URL: proxy.url },
    })
    const incoming = await open(behind, WHOLE)
    proxy.cut()
    let text = ''
    const reading = async () => {
      for await (const bytes of incoming) text += bytes
    }
    await expect(reading()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(text).toContain('"type":"node"')
    expect(text).not.toContain('trailer')
  })
})
