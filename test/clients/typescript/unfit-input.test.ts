import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  AssetTracker,
  BackgroundRecorder,
  LineageClient,
  type RecordMaterializationsInput,
  type TrackedRun,
} from '../../../clients/typescript/src/index.js'
import { clear, countRows } from '../../harness/dump.js'
import { startTestServer, type TestServer } from '../../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const cyclic: Record<string, unknown> = { a: [] }
cyclic['a'] = [cyclic]

function levels(count: number): Record<string, unknown> {
  let value = {}
  for (let level = 0; level < count; level++) value = { a: value }
  return value
}

const throws = () => {
  throw new Error('not now')
}

const UNFIT: [got: string, metadata: unknown, place: string][] = [
  ['NaN', { a: [0, Number.NaN] }, 'a[1]'],
  ['Infinity', { a: { b: Number.POSITIVE_INFINITY } }, 'a.b'],
  ['NaN', { at: new Date('nonsense') }, 'at'],
  ['10n (send it as a string)', { a: 10n }, 'a'],
  ['undefined', { a: [undefined] }, 'a[0]'],
  ['a Map', { a: new Map([['lost', 1]]) }, 'a'],
  ['a Uint8Array', { a: new Uint8Array(2) }, 'a'],
  ['a function', { a: throws }, 'a'],
  ['Symbol(s)', { a: Symbol('s') }, 'a'],
  ['what contains itself', cyclic, 'a[0]'],
  ['what cannot be read (not now)', { a: { toJSON: throws } }, 'a'],
  [
    'what cannot be read (not now)',
    {
      a: {
        get b() {
          return throws()
        },
      },
    },
    'a.b',
  ],
]

describe('what JSON cannot keep is refused by its place, and nothing is recorded', () => {
  test.each(UNFIT)('%s', async (got, metadata, place) => {
    const input = { jobId: 'job', assets: [{ key: 'a', metadata }] } as RecordMaterializationsInput
    const field = `input.assets[0].metadata.${place}`
    const error = {
      name: 'HeadwaterError',
      code: 'BAD_USER_INPUT',
      field,
      message: `${field}: expected what JSON can keep, got ${got}`,
    }
    const client = new LineageClient({ url: server.url })
    await expect(client.recordMaterializations(input)).rejects.toMatchObject(error)
    const recorder = new BackgroundRecorder(client)
    await expect(recorder.record(input)).rejects.toMatchObject(error)
    await recorder.close()
    expect(await countRows(server)).toMatchObject({ materializations: 0 })
  })

  const unfitForTrackers = UNFIT.filter(([got]) => !got.startsWith('10n'))
  test.each(unfitForTrackers)(
    'by a tracker, which keeps large integers: %s',
    async (got, metadata, place) => {
      const tracker = new AssetTracker({ url: server.url, onError: 'raise' })
      const run = { jobId: 'job', assets: [{ assetKey: 'a', metadata }] } as TrackedRun
      const field = `input.assets[0].metadata.${place}`
      const error = {
        code: 'BAD_USER_INPUT',
        field,
        message: `${field}: expected what JSON can keep, got ${got}`,
      }
      await expect(tracker.recordMaterializations(run)).rejects.toMatchObject(error)
      await expect(tracker.recordInBackground(run)).rejects.toMatchObject(error)
      await tracker.cleanup()
    },
  )

  test('more levels than the stack has', async () => {
    const input = { jobId: 'job', assets: [{ key: 'a', metadata: levels(20_000) }] }
    await expect(new LineageClient({ url: server.url }).recordMaterializations(input)).rejects.toMatchObject({
      name: 'HeadwaterError',
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/^input\.assets\[0\]\.metadata\.a.*got more than 100 levels$/),
    })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a size of %d', async (sizeBytes) => {
    const tracker = new AssetTracker({ url: server.url, onError: 'raise' })
    const run = { jobId: 'job', assets: [{ assetKey: 'a' }, { assetKey: 'b', sizeBytes }] }
    const field = 'input.assets[1].sizeBytes'
    await expect(tracker.recordMaterializations(run)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field })
    await expect(tracker.recordInBackground(run)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field })
    await tracker.cleanup()
  })

  test('of many recordings it keeps none of the others back', async () => {
    const client = new LineageClient({ url: server.url })
    const inputs = [1, 10n, Number.NaN, cyclic, 2].map((value, at) => ({
      jobId: `job-${at}`,
      assets: [{ key: 'a', metadata: { value } }],
    }))
    const fields: (string | undefined)[] = []
    for await (const outcome of client.recordAll(inputs)) {
      fields.push('error' in outcome ? outcome.error.field : 'recorded')
    }
    const field = 'input.assets[0].metadata.value'
    expect(fields).toEqual(['recorded', field, field, `${field}.a[0]`, 'recorded'])
  })

  test('what JSON can keep is kept', async () => {
    const client = new LineageClient({ url: server.url })
    const shared = { twice: true }
    const metadata = {
      left: undefined,
      none: null,
      at: new Date(0),
      shared: [shared, shared],
      __proto__: { inherited: 1 },
      of: new (class {
        own = 'é'
      })(),
    }
    const { materializations } = await client.recordMaterializations({
      jobId: 'job',
      assets: [{ key: 'a', metadata }],
    })
    expect((await client.materialization(materializations[0]?.id ?? ''))?.metadata).toEqual({
      none: null,
      at: '1970-01-01T00:00:00.000Z',
      shared: [{ twice: true }, { twice: true }],
      of: { own: 'é' },
    })
  })
})

describe('tracking never fails a job', () => {
  const JOBS: [what: string, jobId: unknown, shown: string][] = [
    ['is a bigint', 10n, 'a job whose jobId is no text'],
    ['contains itself', cyclic, 'a job whose jobId is no text'],
    ['cannot be read', { toJSON: throws }, 'a job whose jobId is no text'],
  ]

  test.each(JOBS)('where the id of the job %s', async (_, jobId, shown) => {
    const lines: string[] = []
    const tracker = new AssetTracker({ url: server.url, logger: { warn: (line) => void lines.push(line) } })
    const run = { jobId, assets: [{ assetKey: 'a' }] } as unknown as TrackedRun
    expect(await tracker.recordMaterializations(run)).toEqual([])
    expect(await tracker.recordInBackground(run)).toBe(false)
    await tracker.cleanup()
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line).toMatch(new RegExp(`^what ${shown} made was not recorded: input\\.jobId`))
    }
  })

  test.each([
    ['throws', throws],
    ['rejects', () => Promise.reject(new Error('not now'))],
  ])('where the logger %s', async (_, warn) => {
    const consoleWarn = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
    const bad = { jobId: 'job', assets: [{ assetKey: '' }] }
    const tracker = new AssetTracker({ url: server.url, logger: { warn } })
    expect(await tracker.recordMaterializations(bad)).toEqual([])
    expect(await tracker.recordInBackground(bad)).toBe(true)
    await tracker.cleanup()
    expect(await tracker.recordInBackground(bad)).toBe(false)
    await new Promise((resolve) => setTimeout(resolve))
    expect(consoleWarn).toHaveBeenCalledWith('headwater: the logger failed: not now')
    const odd = { assetKey: 'a', colour: 'red' }
    const twice = { jobId: 'job', storageEventId: 1, assets: [odd, odd] }
    const another = new AssetTracker({ url: server.url, logger: { warn } })
    expect(await another.recordMaterializations(twice)).toHaveLength(2)
    await another.cleanup()
    consoleWarn.mockRestore()
  })
})
