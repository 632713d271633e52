import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { dataset, runEvent } from '../harness/lineage-events.js'
import { minute } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { createFolder, headwater } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const replay = (...args: string[]) => headwater(['openlineage', 'replay', ...args], { url: server.url })
const event = (run: number) =>
  runEvent('dag.task', `run-${run}`, 'COMPLETE', minute(run), { outputs: [dataset('clean')] })
const lines = (...events: unknown[]) => `${events.map((one) => JSON.stringify(one)).join('\n')}\n`

test('replay sends a file of lines, and again changes nothing', async () => {
  await using folder = await createFolder()
  const path = await folder.put('events.ndjson', lines(event(1), event(2), event(3)))
  for (const _ of [1, 2]) {
    const { code, stdout, stderr } = await replay(path, '--state', `${folder.path}/state`)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'replayed 3 events\n', stderr: '' })
    expect(await countRows(server)).toMatchObject({ materializations: 3 })
  }
  expect(await readdir(folder.path)).toEqual(['events.ndjson'])
})

test('replay sends a folder: lists, single events over several lines, and lines, in the order of names', async () => {
  await using folder = await createFolder()
  await folder.put('1.json', JSON.stringify(event(1), null, 2))
  await folder.put('2.json', JSON.stringify([event(2), event(3)], null, 2))
  await folder.put('3.jsonl', lines(event(4)))
  await folder.put('README.md', 'no events')
  const { code, stdout } = await replay(folder.path, '--state', `${folder.path}/state`)
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'replayed 4 events\n' })
  expect(await countRows(server)).toMatchObject({ materializations: 4 })
})

test('replay names what is refused by file and line, sends the others, and ends with 1', async () => {
  await using folder = await createFolder()
  const bad = { ...event(2), eventTime: 'soon' }
  const path = await folder.put('events.ndjson', `${lines(event(1), bad)}{"cut\n${lines(event(3))}`)
  const { code, stdout, stderr } = await replay(path, '--state', `${folder.path}/state`)
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'replayed 2 events, 2 refused\n' })
  expect(stderr.split('\n').sort()).toEqual([
    '',
    `${path}:2: $[1].eventTime: expected a time as ISO 8601 has it, got "soon"`,
    `${path}:3: expected JSON`,
  ])
})

test('replay goes on where it was interrupted', async () => {
  await using folder = await createFolder()
  const path = await folder.put('events.ndjson', lines(event(1), event(2), event(3)))
  const state = await folder.put(
    'state',
    JSON.stringify({ source: path, server: `${server.url}/graphql`, sent: 2 }),
  )
  const { code, stdout, stderr } = await replay(path, '--state', state)
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'replayed 1 event\n',
    stderr: 'headwater: going on behind the first 2 events\n',
  })
  await folder.put('state', JSON.stringify({ source: 'another', server: server.url, sent: 2 }))
  expect(await replay(path, '--state', state)).toMatchObject({
    code: 1,
    stderr: `headwater: ${state} does not keep the place of this replay: remove it, or name another with --state\n`,
  })
})

test('replay says what there is not', async () => {
  await using folder = await createFolder()
  expect(await replay(`${folder.path}/none`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ENOENT'),
  })
  expect(await replay(folder.path)).toMatchObject({
    code: 1,
    stderr: `headwater: ${folder.path}: expected files that end in .json, .jsonl or .ndjson\n`,
  })
})
