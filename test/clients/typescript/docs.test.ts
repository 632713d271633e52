import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../../harness/server.js'

const ROOT = join(import.meta.dirname, '../../..')
const ENTRY = join(ROOT, 'clients/typescript/dist/index.js')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const blocks: [page: string, at: number, code: string][] = []
for (const page of ['README.md', 'docs/executors.md', 'docs/live.md']) {
  const text = await readFile(join(ROOT, page), 'utf8')
  const found = [...text.matchAll(/^```[jt]s\n(.*?)^```/gms)].map(([, code = '']) => code)
  blocks.push(...found.map((code, at): [string, number, string] => [page, at, code]))
}

test('there are examples', () => {
  expect(blocks.length).toBeGreaterThan(3)
})

test.each(blocks)('%s: example %i runs when it is pasted alone', async (_page, _at, code) => {
  const program = code
    .replaceAll('@headwater/client', ENTRY)
    .replaceAll('http://127.0.0.1:4000', server.url)
    .replaceAll('ws://127.0.0.1:4000', server.url.replace('http', 'ws'))
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  expect(stderr).toBe('')
})
