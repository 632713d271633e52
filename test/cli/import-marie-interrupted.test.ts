import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { startTestServer } from '../harness/server.js'
import { dumpAll, importedBy, importMarie, SLOW_MS } from './marie-import.js'
import { createMarie, fillMarie } from './marie-source.js'
import { createFolder } from './run-headwater.js'
import { startUnreliableProxy } from './unreliable-proxy.js'

/** The same on two servers: without the times at which an asset was told its kind and description. */
function withoutClock(dump: object): unknown {
  return JSON.parse(JSON.stringify(dump), (name, value) =>
    ['kind_at', 'description_at', 'tags_at', 'owners_at'].includes(name) ? undefined : value,
  )
}

test(
  'import marie, killed at any moment and run again, ends as one that nobody cut off',
  async () => {
    await using source = await createMarie()
    await fillMarie(source, 4)
    await using folder = await createFolder()
    const args = ['--page-size', '20']

    await using whole = await startTestServer()
    await using count = await startUnreliableProxy(whole.url, [])
    expect(await importMarie(source, count.url, folder, args)).toMatchObject({ code: 0 })
    const expected = withoutClock(await dumpAll(whole))

    await using server = await startTestServer()
    for (const share of [0.2, 0.5, 0.95]) {
      await clear(server)
      await using proxy = await startUnreliableProxy(server.url, [])
      const killedBy = proxy.reached(Math.ceil(share * count.requests))
      expect(await importMarie(source, proxy.url, folder, args, { killedBy })).toMatchObject({ code: null })
      const state = JSON.parse(await readFile(join(folder.path, 'state.json'), 'utf8'))
      expect(state.places.asset_materialization.rows).toBeGreaterThan(0)

      const before = proxy.requests
      const again = await importMarie(source, proxy.url, folder, args)
      expect(again.code).toBe(0)
      expect(again.stderr).toMatch(/^going on where an earlier run stopped \(.*state\.json\)\n/)
      // Of what was done before, no more than the page that was cut off is sent again.
      expect(proxy.requests - before).toBeLessThan((1 - share) * count.requests + 25)
      expect(withoutClock(await dumpAll(server))).toEqual(expected)
      expect(await readdir(folder.path)).toEqual([])
    }
  },
  SLOW_MS,
)

test('import marie begins anew where the server has lost what an earlier run imported', async () => {
  await using source = await createMarie()
  await fillMarie(source, 2)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [])
  const args = ['--page-size', '10']
  await importMarie(source, proxy.url, folder, args, { killedBy: proxy.reached(10) })
  await proxy.answered()
  await clear(server)
  const again = await importMarie(source, proxy.url, folder, args)
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^imported 48 materializations \(0 already there\)/),
  })
  expect(again.stderr).toMatch(/^beginning anew: the server no longer has what an earlier run imported/)
  expect((await importedBy(server)).size).toBe(48)
})

test('import marie outlasts a server that is away for a moment', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [
    'refuse',
    'lose the answer',
    'none',
    'lose the answer',
  ])
  const { code } = await importMarie(source, proxy.url, folder)
  expect(code).toBe(0)
  expect((await importedBy(server)).size).toBe(24)
})

test('import marie refuses a state file that is of another import, or none', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [])
  await importMarie(source, proxy.url, folder, ['--page-size', '5'], { killedBy: proxy.reached(10) })
  const other = await importMarie(source, server.url, folder)
  expect(other).toMatchObject({ code: 1, stdout: '' })
  expect(other.stderr).toMatch(
    /state\.json keeps the place of another import \(postgresql:.*\): remove it, or name another with --state\n$/,
  )
  await folder.put('state.json', '{}')
  expect(await importMarie(source, server.url, folder)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/state\.json is no state file/),
  })
  expect(await importMarie(source, server.url, folder, ['--state', '/nowhere/state.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot write the state file \/nowhere\/state\.json: ENOENT/),
  })
})
