import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { headwater } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const assets = [
    { key: 'text', upstream: [{ key: 'raw' }] },
    { key: 'boxes', namespace: 'lake', upstream: [{ key: 'raw' }] },
    { key: 'claims', upstream: [{ key: 'text' }, { key: 'boxes', namespace: 'lake' }] },
  ]
  await server.query(RecordMaterializationsDocument, { input: { jobId: 'job', assets } })
})
afterAll(() => server[Symbol.asyncDispose]())

const run = (...args: string[]) => headwater(['path', ...args], { url: server.url })

test('path shows one path a line, shortest first, and says that it is everything', async () => {
  expect(await run('raw', 'claims')).toEqual({
    code: 0,
    stderr: '',
    stdout: `raw → text → claims
raw → boxes [namespace lake] → claims

complete: 2 paths
`,
  })
  expect((await run('raw', 'boxes', '--to-namespace', 'lake')).stdout).toBe(
    'raw → boxes [namespace lake]\n\ncomplete: 1 path\n',
  )
  expect(await run('claims', 'raw')).toEqual({ code: 0, stderr: '', stdout: 'complete: 0 paths\n' })
})

test('path says that there are more, and how to see them', async () => {
  const { stdout } = await run('raw', 'claims', '--limit', '1')
  const [, cursor] =
    /^raw → text → claims\n\nincomplete: 1 path; there are more: ask with a greater --limit, up to 1000; go on with --after (\S+)\n$/.exec(
      stdout,
    ) ?? []
  expect((await run('raw', 'claims', '--after', cursor ?? '')).stdout).toBe(
    'raw → boxes [namespace lake] → claims\n\ncomplete: 1 path\n',
  )
  expect((await run('raw', 'claims', '--max-length', '1')).stdout).toBe(
    'incomplete: 0 paths; there are longer ones: ask with a greater --max-length, or without one\n',
  )
})

test('path prints the answer as it came, and names the asset that is unknown', async () => {
  const answer = JSON.parse((await run('raw', 'claims', '--limit', '1', '--json')).stdout)
  expect(answer).toMatchObject({
    paths: [{ assets: [{ key: 'raw' }, { key: 'text' }, { key: 'claims' }], length: 2 }],
    completeness: { complete: false, stoppedBy: ['NODE_LIMIT'] },
  })
  expect(await run('raw', 'nothing')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'headwater: no asset "nothing" is recorded in namespace "default"\n',
  })
})
