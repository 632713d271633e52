import { expect, test } from '@jest/globals'
import { recordBatch } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'
import { headwater } from './run-headwater.js'

test('select prints keys, a line each, of all pages; namespaces behind a tab', async () => {
  await using server = await startTestServer()
  await recordBatch(server, [
    { assets: Array.from({ length: 1_000 }, (_, at) => ({ key: `many/${String(at).padStart(4, '0')}` })) },
    { assets: [{ key: 'text' }], upstream: [{ key: 'raw' }, { key: 'raw', namespace: 'lake' }] },
  ])
  const run = (...args: string[]) => headwater(['select', ...args], { url: server.url })

  expect(await run('+text')).toEqual({ code: 0, stdout: 'raw\ntext\nraw\tlake\n', stderr: '' })
  expect(await run('nothing')).toEqual({ code: 0, stdout: '', stderr: '' })
  const all = (await run('not namespace:lake')).stdout.trimEnd().split('\n')
  expect(all).toHaveLength(1_002)
  expect(new Set(all).size).toBe(1_002)
  expect(JSON.parse((await run('text or namespace:lake', '--json')).stdout)).toEqual([
    { namespace: 'default', key: 'text', kind: 'text' },
    { namespace: 'lake', key: 'raw', kind: 'json' },
  ])
  expect(await run('text and')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'headwater: selection: column 9: expected `(`, `+`, `not`, `roots(`, `sinks(`, a key or an attribute like `kind:`, got the end\n',
  })
})
