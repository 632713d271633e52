import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  AssetTracker,
  BackgroundRecorder,
  type EndpointOptions,
  LineageClient,
  type RecordingLoss,
} from '../../../clients/typescript/src/index.js'
import { startUnreliableProxy } from '../../cli/unreliable-proxy.js'
import { clear, countRows } from '../../harness/dump.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { startFakeServer } from './fake-server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const clientOf = (url: string, options: EndpointOptions = {}) =>
  new LineageClient({ url, firstPauseMs: 5, longestPauseMs: 20, ...options })

const run = (at: number, key = `key-${at}`) => ({ jobId: `job-${at}`, assets: [{ key }] })

/** Of a server that nobody can reach. */
const NOWHERE = 'http://127.0.0.1:1'

/** Collects what a recorder reports as lost. */
function reports() {
  const losses: RecordingLoss[] = []
  return { losses, onLoss: (loss: RecordingLoss) => void losses.push(loss) }
}

describe('a background recorder', () => {
  test('sends what has gathered in batches of at most 100', async () => {
    await using proxy = await startUnreliableProxy(server.url, [])
    const recorder = new BackgroundRecorder(clientOf(proxy.url))
    for (let at = 0; at < 250; at++) void recorder.record(run(at))
    await recorder.flush()
    expect([proxy.requests, recorder.pending]).toEqual([3, 0])
    expect(await countRows(server)).toMatchObject({ materializations: 250, recordings: 250 })
    expect(await recorder.close()).toEqual({ recorded: 250, duplicates: 0, refused: 0, full: 0, unsent: 0 })
  })

  test('records each as it was, and as made, when it was given', async () => {
    const client = clientOf(server.url)
    const recorder = new BackgroundRecorder(client)
    const mine = run(1)
    const before = Date.now()
    await recorder.record(mine)
    const after = Date.now()
    mine.jobId = 'changed'
    await recorder.flush()
    const [made] = (await client.materializations()).nodes
    expect(made?.jobId).toBe('job-1')
    const at = Date.parse(made?.materializedAt ?? '')
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(after)
    await recorder.close()
  })

  test('keeps the order of what is given in one millisecond', async () => {
    const client = clientOf(server.url)
    // Two, as two parts of a program may have one each.
    const recorders = [new BackgroundRecorder(client), new BackgroundRecorder(client)]
    for (let at = 0; at < 40; at++) {
      await recorders[at % 2]?.record({ jobId: 'j', assets: [{ key: 'k0', version: `v${at}` }] })
    }
    for (const recorder of recorders) await recorder.close()
    const history = (await client.history('k0', { first: 40 }))?.nodes.map(({ version }) => version)
    expect(history).toEqual(Array.from({ length: 40 }, (_, at) => `v${39 - at}`))
  })

  test('makes what is made anew later than what was made from it before', async () => {
    const client = clientOf(server.url)
    const recorder = new BackgroundRecorder(client)
    const kept = {
      jobId: 'j',
      materializedAt: '2026-01-05T06:00:00Z',
      assets: [{ key: 'up', version: 'old' }],
    }
    for (let at = 0; at < 20; at++) {
      await recorder.record({ ...kept, assets: [{ key: `up${at}`, version: 'old' }] })
      await recorder.record({ jobId: 'j', assets: [{ key: `down${at}`, upstream: [{ key: `up${at}` }] }] })
      await recorder.record({ jobId: 'j', assets: [{ key: `up${at}`, version: 'new' }] })
    }
    await recorder.close()
    for (let at = 0; at < 20; at++) {
      const made = await client.latestMaterialization(`down${at}`)
      expect(made?.inputs[0]?.version).toBe('old')
    }
  })

  test('reports what is refused, and records its neighbours', async () => {
    const { losses, onLoss } = reports()
    const recorder = new BackgroundRecorder(clientOf(server.url), { onLoss })
    for (let at = 0; at < 10; at++) void recorder.record(run(at, at === 4 || at === 7 ? '' : undefined))
    expect(await recorder.close()).toMatchObject({ recorded: 8, refused: 2 })
    expect(
      losses.map(({ reason, inputs, error, count }) => [reason, inputs[0]?.jobId, error?.field, count]),
    ).toEqual([
      ['refused', 'job-4', 'input.assets[0].key', 1],
      ['refused', 'job-7', 'input.assets[0].key', 2],
    ])
    expect(await countRows(server)).toMatchObject({ materializations: 8 })
  })

  test('keeps what it has while the server is away, and doubles nothing', async () => {
    await using proxy = await startUnreliableProxy(server.url, ['refuse', 'lose the answer', 'refuse'])
    const logger = { warn: () => undefined }
    const recorder = new BackgroundRecorder(clientOf(proxy.url, { retries: 0 }), { logger })
    for (let at = 0; at < 5; at++) await recorder.record(run(at))
    await recorder.flush()
    expect(recorder.tally.recorded).toBe(5)
    expect(await countRows(server)).toMatchObject({ materializations: 5, recordings: 5 })
    await recorder.close()
  })

  test('makes its callers wait where it is full', async () => {
    await using proxy = await startUnreliableProxy(server.url, [])
    const recorder = new BackgroundRecorder(clientOf(proxy.url), { capacity: 2 })
    const order: string[] = []
    const note = (name: string) => () => void order.push(name)
    await Promise.all([
      recorder.record(run(1)).then(note('first')),
      recorder.record(run(2)).then(note('second')),
      recorder.record(run(3)).then(note('third')),
      Promise.resolve().then(() => expect(recorder.pending).toBe(3)),
    ])
    expect(order).toEqual(['first', 'second', 'third'])
    expect(await recorder.close()).toMatchObject({ recorded: 3 })
    expect(proxy.requests).toBe(2)
  })

  test('drops on request where it is full, and says how many', async () => {
    const { losses, onLoss } = reports()
    const recorder = new BackgroundRecorder(clientOf(server.url), { capacity: 2, whenFull: 'drop', onLoss })
    const queued = await Promise.all([1, 2, 3, 4].map((at) => recorder.record(run(at))))
    expect(queued).toEqual([true, true, false, false])
    expect(losses.map(({ reason, count, inputs }) => [reason, count, inputs[0]?.jobId])).toEqual([
      ['full', 1, 'job-3'],
      ['full', 2, 'job-4'],
    ])
    expect(await recorder.close()).toMatchObject({ recorded: 2, full: 2 })
  })

  test('that cannot send by the end says what it has not sent, and lets nobody wait', async () => {
    const { losses, onLoss } = reports()
    const options = { capacity: 2, closeTimeoutMs: 200, onLoss, logger: { warn: () => undefined } }
    const recorder = new BackgroundRecorder(clientOf(NOWHERE, { retries: 0 }), options)
    const given = [1, 2, 3].map((at) => recorder.record(run(at)))
    const flushed = recorder.flush()
    expect(await recorder.close()).toMatchObject({ recorded: 0, unsent: 3 })
    await Promise.all([...given, flushed])
    expect(losses).toMatchObject([{ reason: 'unsent', count: 3, error: { code: 'TIMEOUT' } }])
  })

  test('that is closed takes nothing more', async () => {
    const recorder = new BackgroundRecorder(clientOf(server.url))
    await recorder.close()
    await expect(recorder.record(run(1))).rejects.toMatchObject({ code: 'RECORDER_CLOSED' })
  })

  test('by default logs what is lost, and ever less often', async () => {
    const lines: string[] = []
    const logger = { warn: (line: string) => void lines.push(line) }
    const recorder = new BackgroundRecorder(clientOf(server.url), { logger })
    for (let at = 0; at < 5; at++) void recorder.record(run(at, ''))
    await recorder.close()
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(
      /^1 of what jobs made refused by the server \(input\.assets\[0\]\.key: expected .*\); 1 so far\./,
    )
  })
})

describe('a queue that does not move', () => {
  const lines: string[] = []
  const logger = { warn: (line: string) => void lines.push(line) }
  beforeEach(() => void lines.splice(0))

  test('says why at the first failure, and not at each', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nothing here</h1>')
    })
    const options = { logger, longestPauseMs: 5, closeTimeoutMs: 300 }
    const recorder = new BackgroundRecorder(clientOf(fake.url), options)
    await recorder.record(run(1))
    await recorder.record(run(2))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(lines).toEqual([
      `2 of what jobs made not sent yet, and tried again: ${fake.url}/graphql answered HTTP 404, not as Headwater does`,
    ])
    await recorder.close()
    expect(fake.requests).toBeGreaterThan(2)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/^2 of what jobs made not sent \(the recorder was closed/)
  })

  test('says it again after a minute, and where it moved meanwhile', async () => {
    await using proxy = await startUnreliableProxy(server.url, ['refuse', 'refuse', 'none', 'refuse'])
    // A minute passes after the first line, and no time after that.
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (lines.length === 0 ? 0 : 60_000))
    const recorder = new BackgroundRecorder(clientOf(proxy.url, { retries: 0 }), { logger })
    try {
      await recorder.record(run(1))
      await recorder.flush()
      expect(lines).toHaveLength(2)
      await recorder.record(run(2))
      await recorder.flush()
      expect(lines).toHaveLength(3)
      expect(await countRows(server)).toMatchObject({ materializations: 2 })
    } finally {
      clock.mockRestore()
      await recorder.close()
    }
  })
})

describe('options with which nothing could be recorded are refused', () => {
  const NONSENSE: [field: string, options: object, message: string][] = [
    ['capacity', { capacity: 0 }, 'expected a whole number from 1 on, got 0'],
    ['capacity', { capacity: -1 }, 'expected a whole number from 1 on, got -1'],
    ['capacity', { capacity: Number.NaN }, 'expected a whole number from 1 on, got NaN'],
    ['capacity', { capacity: 1.5 }, 'expected a whole number from 1 on, got 1.5'],
    ['whenFull', { whenFull: 'fail' }, 'expected "wait" or "drop", got fail'],
    ['closeTimeoutMs', { closeTimeoutMs: Number.NaN }, 'expected 0 to 2147483647 ms, got NaN'],
    [
      'longestPauseMs',
      { longestPauseMs: Number.POSITIVE_INFINITY },
      'expected 0 to 2147483647 ms, got Infinity',
    ],
  ]
  test.each(NONSENSE)('%s: %j', (field, options, message) => {
    const refused = expect.objectContaining({
      name: 'HeadwaterError',
      code: 'BAD_USER_INPUT',
      field,
      message: `${field}: ${message}`,
    })
    expect(() => new BackgroundRecorder(clientOf(NOWHERE), options)).toThrow(refused)
    expect(() => new AssetTracker({ url: NOWHERE, background: options })).toThrow(refused)
  })
})

test('any number of recorders listen for the end of the process by one listener', async () => {
  const count = () => process.listenerCount('exit') + process.listenerCount('beforeExit')
  const before = count()
  const recorders = Array.from({ length: 12 }, () => new BackgroundRecorder(clientOf(NOWHERE)))
  expect(count()).toBe(before + 2)
  await Promise.all(recorders.map((recorder) => recorder.close()))
  expect(count()).toBe(before)
})

describe('at the end of a process', () => {
  const ENTRY = join(import.meta.dirname, '../../../clients/typescript/dist/index.js')
  /** Runs a program that has `record(n)`, and answers with what it wrote to stderr. */
  async function runProgram(url: string, body: string): Promise<string> {
    const program = `
      import { BackgroundRecorder, LineageClient } from ${JSON.stringify(ENTRY)}
      const client = new LineageClient({ url: ${JSON.stringify(url)}, retries: 0 })
      const recorder = new BackgroundRecorder(client, { closeTimeoutMs: 300 })
      const record = (at) => recorder.record({ jobId: 'job-' + at, assets: [{ key: 'key-' + at }] })
      ${body}`
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    return stderr
  }

  test('what is queued is sent', async () => {
    expect(await runProgram(server.url, 'for (let at = 0; at < 120; at++) record(at)')).toBe('')
    expect(await countRows(server)).toMatchObject({ materializations: 120 })
  })

  test('an absent server holds it up no longer than allowed, and what is lost is said', async () => {
    const began = performance.now()
    expect(await runProgram(NOWHERE, 'record(1); record(2)')).toMatch(
      /^headwater: 2 of what jobs made not sent yet, and tried again: no answer from http:\/\/127\.0\.0\.1:1\/graphql: .*\nheadwater: 2 of what jobs made not sent \(the recorder was closed, and could not send everything within 300 ms\); 2 so far\. Job "job-1" is one\.\n$/,
    )
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  test('any number of recorders send what is queued, and Node warns of nothing', async () => {
    const program = `
      record(0)
      for (let at = 1; at < 12; at++) {
        void new BackgroundRecorder(client).record({ jobId: 'job', assets: [{ key: 'key-' + at }] })
      }`
    expect(await runProgram(server.url, program)).toBe('')
    expect(await countRows(server)).toMatchObject({ materializations: 12 })
  })

  test('by a signal, what is queued is sent where the program says so', async () => {
    const program = `
      process.once('SIGTERM', async () => {
        await recorder.close()
        process.exit()
      })
      record(1)
      record(2)
      setInterval(() => undefined, 1_000)
      process.kill(process.pid, 'SIGTERM')`
    expect(await runProgram(server.url, program)).toBe('')
    expect(await countRows(server)).toMatchObject({ materializations: 2 })
  })

  test('that does not wait, what is lost is said', async () => {
    expect(await runProgram(server.url, 'record(1); process.exit(0)')).toMatch(
      /^headwater: 1 of what jobs made not sent \(the process ended before close\(\)\); 1 so far\./,
    )
  })
})
