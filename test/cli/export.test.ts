import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { type Format, parseExport } from '../harness/exports.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { createFolder, headwater } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.query(RecordMaterializationBatchDocument, {
    inputs: [
      { jobId: 'ocr', assets: [{ key: 'text' }], upstream: [{ key: 'raw' }] },
      { jobId: 'extract', assets: [{ key: 'claims' }], upstream: [{ key: 'text' }] },
    ],
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const run = (...args: string[]) => headwater(['export', ...args], { url: server.url })

test('export writes to standard output, and ends with 0 where that is everything', async () => {
  const { code, stdout, stderr } = await run('claims', '--up')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(parseExport('ndjson', stdout).nodes).toEqual(['default/claims', 'default/text', 'default/raw'])
})

test.each<Format>(['ndjson', 'csv', 'dot', 'mermaid', 'openlineage'])(
  'export --format %s ends with 1 and says why where its trailer says that more lies further out',
  async (format) => {
    const { code, stdout, stderr } = await run('raw', '--down', '--depth', '1', '--format', format)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'headwater: incomplete: 2 assets, 1 edge; stopped by DEPTH\n',
    })
    expect(parseExport(format, stdout).trailer).toMatchObject({ nodes: 2, edges: 1, complete: false })
  },
)

test('export --output writes a file under its name once it is whole', async () => {
  await using folder = await createFolder()
  const path = await folder.put('lineage.csv', 'what was there before')
  const { code, stdout } = await run('text', '--format', 'csv', '--output', path)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `exported 3 assets, 2 edges to ${path}\n` })
  expect(parseExport('csv', await readFile(path, 'utf8')).edges).toHaveLength(2)
  expect(await readdir(folder.path)).toEqual(['lineage.csv'])
})

test('an export that is cut, or has no trailer, is a failure, and leaves no file', async () => {
  await using folder = await createFolder()
  const path = join(folder.path, 'lineage.ndjson')
  const answers: Record<string, string> = {
    cut: 'the server broke the export off: what was written is not whole',
    short: 'the export ends without its trailer: what was written is not whole',
  }
  const unreliable = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write('{"type":"node"}\n', () => {
      if (request.url?.includes('key=cut')) response.destroy()
      else response.end()
    })
  })
  await new Promise<void>((resolve) => unreliable.listen(0, '127.0.0.1', resolve))
  const address = unreliable.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  try {
    for (const [key, message] of Object.entries(answers)) {
      const { code, stderr } = await headwater(['export', key, '--output', path], { url })
      expect({ code, stderr }).toEqual({ code: 1, stderr: `headwater: ${message}\n` })
      expect(await readdir(folder.path)).toEqual([])
    }
  } finally {
    unreliable.close()
  }
})

test('export says what is unknown, what is wrong, and where it cannot write', async () => {
  expect(await run('nothing')).toMatchObject({
    code: 1,
    stderr: 'headwater: no asset "nothing" is recorded in namespace "default"\n',
  })
  expect(await run('text', '--as-of', 'then')).toMatchObject({
    code: 1,
    stderr: 'headwater: asOf: expected an ISO 8601 instant with an offset, got "then"\n',
  })
  const { code, stderr } = await run('text', '--output', '/nowhere/at/all')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^headwater: cannot write \/nowhere\/at\/all: ENOENT: .*\n$/)
})
