import { expect, test } from '@jest/globals'
import {
  LineageDocument,
  RecordMaterializationBatchDocument,
  RecordMaterializationsDocument,
} from '../../schema/operations.generated.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { headwater } from './run-headwater.js'

/** Records edges, each `upstream > downstream`. A name with a colon is in the namespace before it. */
async function recordEdges(server: TestServer, ...edges: string[]): Promise<void> {
  const refOf = (name: string) => {
    const [key = '', namespace] = name.split(':').reverse()
    return namespace === undefined ? { key } : { key, namespace }
  }
  await server.query(RecordMaterializationBatchDocument, {
    inputs: edges.map((edge) => {
      const [upstream = '', downstream = ''] = edge.split(' > ')
      return { jobId: edge, assets: [refOf(downstream)], upstream: [refOf(upstream)] }
    }),
  })
}

test('walk draws both trees: an asset once, cycles marked, and says that it is everything', async () => {
  await using server = await startTestServer()
  await recordEdges(
    server,
    'raw > text',
    'raw > boxes',
    'lake:labels > text',
    'text > claims',
    'boxes > claims',
    'claims > report',
    'report > claims',
    'report > report',
  )
  const run = (...args: string[]) => headwater(['walk', ...args], { url: server.url })

  expect(await run('claims')).toEqual({
    code: 0,
    stderr: '',
    stdout: `claims [json]

upstream
├─ boxes [json]
│  └─ raw [json]
├─ report [json]
│  ├─ ↻ claims [json]
│  └─ ↻ report [json]
└─ text [text]
   ├─ raw [json] (see above)
   └─ labels [json, namespace lake]

downstream
└─ report [json]
   ├─ ↻ claims [json]
   └─ ↻ report [json]

complete: 6 assets, 8 edges
`,
  })
  expect((await run('text', '--down')).stdout).toBe(`text [text]
└─ claims [json]
   └─ report [json]
      ├─ ↻ claims [json]
      └─ ↻ report [json]

complete: 3 assets, 4 edges
`)
  expect((await run('labels', '--namespace', 'lake')).stdout).toMatch(
    /^labels \[json\]\n\nupstream: none\n\ndownstream\n└─ text \[text, namespace default\]\n/,
  )
  expect((await run('raw', '--up')).stdout).toBe('raw [json]\n\ncomplete: 1 asset, 0 edges\n')
})

test('walk counts what it does not show, and says how to see it', async () => {
  await using server = await startTestServer()
  await recordEdges(server, 'a > b', 'a > c', 'b > d', 'b > e', 'c > e', 'x > a')
  const run = (...args: string[]) => headwater(['walk', ...args], { url: server.url })

  expect((await run('a', '--down', '--depth', '1')).stdout).toBe(`a [json]
├─ b [json] +2
└─ c [json] +1

incomplete: 3 assets, 2 edges; more lies beyond the depth: ask with a greater --depth, or without one ("+" counts direct neighbours not shown)
`)
  expect((await run('a', '--depth', '0')).stdout).toMatch(
    /^a \[json\]\n\nupstream \+1\n\ndownstream \+2\n\nincomplete: 1 asset, 0 edges; more lies beyond the depth/,
  )
  expect((await run('a', '--down', '--limit', '2')).stdout).toMatch(
    /^a \[json\] \+1\n└─ b \[json\] \+2\n\nincomplete: 2 assets, 1 edge; more lies beyond the limit: ask with a greater --limit/,
  )
})

test('walk takes a scope, prints the answer as it came, goes on behind a cursor, and knows what is unknown', async () => {
  await using server = await startTestServer()
  await recordEdges(server, 'old > a')
  await recordEdges(server, 'new > a', 'a > b', 'b > c')
  const run = (...args: string[]) => headwater(['walk', ...args], { url: server.url })

  expect((await run('a', '--up')).stdout).toMatch(/├─ new .*\n└─ old /)
  expect((await run('a', '--up', '--scope', 'current')).stdout).toMatch(
    /^a \[json\]\n└─ new \[json\]\n\ncomplete/,
  )

  const { lineage } = await server.query(LineageDocument, { root: { key: 'a' }, direction: 'DOWNSTREAM' })
  const walkDown = async (...args: string[]) =>
    JSON.parse((await run('a', '--down', '--json', ...args)).stdout)
  // Everybody on this PostgreSQL moves the watermark.
  expect(await walkDown()).toEqual({ ...lineage, watermark: expect.any(String) })
  const keysOf = ({ nodes }: typeof lineage) => nodes.map(({ asset }) => asset.key)
  const first = await walkDown('--limit', '2')
  expect(keysOf(first)).toEqual(['a', 'b'])
  const second = await walkDown('--limit', '2', '--after', first.completeness.nextCursor)
  expect(keysOf(second)).toEqual(['c'])
  expect(second.completeness.nextCursor).toBeNull()

  expect(await run('nowhere')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'headwater: no asset "nowhere" is recorded in namespace "default"\n',
  })
})

test('a long chain is drawn, and its reader may leave early', async () => {
  await using server = await startTestServer()
  const names = Array.from({ length: 401 }, (_, at) => `link-${String(at).padStart(3, '0')}`)
  await server.query(RecordMaterializationsDocument, {
    input: {
      jobId: 'chain',
      assets: names.slice(1).map((key, at) => ({ key, upstream: [{ key: names[at] ?? '' }] })),
    },
  })
  const args = ['walk', 'link-000', '--down']
  const whole = await headwater(args, { url: server.url })
  expect(whole.stdout).toMatch(/└─ link-400 \[json\]\n\ncomplete: 401 assets, 400 edges\n$/)
  // More than a pipe holds, so that it has to notice.
  expect(whole.stdout.length).toBeGreaterThan(200_000)
  expect(await headwater(args, { url: server.url, readsLittle: true })).toMatchObject({ code: 0, stderr: '' })
})
