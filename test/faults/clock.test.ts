import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFolder, type Folder } from '../cli/run-headwater.js'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger, post } from '../harness/ledger.js'
import { dataset, runEvent } from '../harness/lineage-events.js'
import { minute } from '../harness/recordings.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { RECEIVED_HERE, type Received, startReceiver, take } from '../harness/webhook-receiver.js'
import { note } from './note.js'

const TEN_MINUTES_MS = 600_000

/** libfaketime, of Debian's package faketime, which .ci/run installs: preloaded it changes the clock of one process. */
const library = await findLibrary()
if (library === undefined) {
  note('SKIPPED: clocks that are wrong, for there is no libfaketime here (Debian: apt-get install faketime)')
  if (process.env['CI']) throw new Error('CI must have libfaketime')
}
const withLibrary = library === undefined ? describe.skip : describe

async function findLibrary(): Promise<string | undefined> {
  const folders = await readdir('/usr/lib').catch(() => [])
  const paths = folders.map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
  return paths.find((path) => existsSync(path))
}

/** The environment of a process whose clock differs; the one that waits and times are measured by does not. */
const withClock = (variables: Record<string, string>) => ({
  LD_PRELOAD: library ?? '',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  ...variables,
})

withLibrary('clocks ten minutes wrong', () => {
  let database: TestDatabase
  let folder: Folder
  /** Ahead, behind, right: three servers on one database. */
  let servers: ServerProcess[]

  beforeAll(async () => {
    database = await createTestDatabase()
    folder = await createFolder()
    const start = (variables: Record<string, string>) =>
      startServerProcess({
        variables: {
          ...RECEIVED_HERE,
          HEADWATER_WEBHOOK_TIMEOUT_MS: '60000',
          DATABASE_URL: database.url,
          ...variables,
        },
      })
    const right = await start({})
    servers = [
      ...(await Promise.all([
        start(withClock({ FAKETIME: '+10m' })),
        start(withClock({ FAKETIME: '-10m' })),
      ])),
      right,
    ]
  }, 120_000)

  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  async function ask<Data>(
    server: ServerProcess | undefined,
    query: string,
    variables?: object,
  ): Promise<Data> {
    const { text } = await post(`${server?.url}/graphql`, JSON.stringify({ query, variables }))
    const { data, errors } = JSON.parse(text)
    expect(errors).toBeUndefined()
    return data
  }

  const RECORD = `mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) {
    duplicate watermark materializations { id materializedAt recordedAt } } }`

  interface Recorded {
    recordMaterializations: {
      duplicate: boolean
      watermark: string
      materializations: { id: string; materializedAt: string; recordedAt: string }[]
    }
  }

  const record = async (server: ServerProcess | undefined, input: object) =>
    (await ask<Recorded>(server, RECORD, { input: { jobId: 'j', ...input } })).recordMaterializations

  test('the clocks are wrong indeed, and say when something was recorded', async () => {
    const off = [TEN_MINUTES_MS, -TEN_MINUTES_MS, 0]
    for (const [at, server] of servers.entries()) {
      const { materializations } = await record(server, { assets: [{ key: 'clock' }] })
      const ms = Date.parse(materializations[0]?.recordedAt ?? '') - Date.now() - (off[at] ?? 0)
      expect(Math.abs(ms)).toBeLessThan(60_000)
    }
  })

  test('a webhook is sent nothing twice while it takes its time, whoever is at it', async () => {
    await using receiver = await startReceiver()
    const nameOf = ({ data }: Received) => (data['check'] as { name: string }).name
    const held: ServerResponse[] = []
    receiver.answering = (response, one) => {
      if (nameOf(one) === 'marks the end') take(response, one)
      else held.push(response)
    }
    await ask(
      servers[0],
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
      {
        input: { url: receiver.url, events: ['CHECK_FAILED'] },
      },
    )
    const fail = async (at: number, key: string, name: string) => {
      const { materializations } = await record(servers[at], { assets: [{ key }] })
      await ask(
        servers[at],
        'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
        { input: { materializationId: materializations[0]?.id, checks: [{ name, status: 'FAILED' }] } },
      )
    }
    await fail(0, 'slow', 'one')
    await receiver.until(() => held.length === 1)
    // Each server looks at what waits for this asset.
    for (let count = 0; count < 12; count++) {
      await fail(count % 3, 'slow', 'behind it')
      await fail(count % 3, `marker ${count}`, 'marks the end')
      await receiver.until((all) => all.taken().length === count + 1)
    }
    expect(receiver.received.map(nameOf).filter((name) => name !== 'marks the end')).toEqual(['one'])
  })

  test('latest pointers follow what was materialized last, whoever wrote it when', async () => {
    const made: { id: string; materializedAt: string; partitionKey: string | null }[] = []
    for (let at = 0; at < 60; at++) {
      const partitionKey = [null, 'p', 'q'][at % 3] ?? null
      // In no order; a third says no time, so that the clock of its server counts.
      const time =
        at % 5 < 3 ? { materializedAt: new Date(Date.now() + ((at * 37) % 61) * 20_000 - 600_000) } : {}
      const { materializations } = await record(servers[(at * 7) % 3], {
        ...time,
        assets: [{ key: 'pointed', partitionKey }],
      })
      for (const one of materializations) made.push({ ...one, partitionKey })
      const newest = (some: typeof made) =>
        some.toSorted((a, b) => Date.parse(b.materializedAt) - Date.parse(a.materializedAt))[0]?.id
      const { asset } = await ask<{ asset: Record<string, { id: string } | null> }>(
        servers[at % 3],
        `{ asset(key: "pointed") { overall: latestMaterialization { id }
             p: latestMaterialization(partitionKey: "p") { id } q: latestMaterialization(partitionKey: "q") { id } } }`,
      )
      expect([asset['overall']?.id, asset['p']?.id, asset['q']?.id]).toEqual([
        newest(made),
        newest(made.filter((one) => one.partitionKey === 'p')),
        newest(made.filter((one) => one.partitionKey === 'q')),
      ])
    }
  })

  test('a repeat is one, and the first answer stands, on whichever server', async () => {
    const input = {
      idempotencyKey: 'k',
      assets: [{ key: 'repeated', version: 'v' }],
      upstream: [{ key: 'raw' }],
    }
    const answers = [...servers, ...servers]
    const [first, ...others] = await answers.reduce(
      async (before, server) => [...(await before), await record(server, input)],
      Promise.resolve([] as Recorded['recordMaterializations'][]),
    )
    expect(first?.duplicate).toBe(false)
    for (const other of others) {
      expect(other).toMatchObject({ duplicate: true, materializations: first?.materializations })
    }
  })

  test('events come to the same, whichever server takes them in', async () => {
    const event = (type: string, at: number) =>
      JSON.stringify(runEvent('job', 'run-1', type, minute(at), { outputs: [dataset('told')] }))
    const [ahead, behind, right] = servers
    for (const [server, body] of [
      [ahead, event('COMPLETE', 3)],
      [behind, event('START', 1)],
      [right, event('COMPLETE', 3)],
    ] as const)
      expect((await post(`${server?.url}/api/v1/lineage`, body)).status).toBe(201)
    for (const server of servers) {
      const data = await ask(
        server,
        '{ run(ref: { jobNamespace: "jobs", jobName: "job", runId: "run-1" }) { state startedAt endedAt materializations { totalCount } } }',
      )
      expect(data).toEqual({
        run: {
          state: 'COMPLETED',
          startedAt: minute(1),
          endedAt: minute(3),
          materializations: { totalCount: 1 },
        },
      })
    }
  })

  test('what one has recorded, all others read when they are told its watermark', async () => {
    for (const [at, server] of servers.entries()) {
      const { watermark } = await record(server, {
        assets: [{ key: `read/${at}`, upstream: [{ key: 'raw' }] }],
      })
      for (const other of servers) {
        const data = await ask(
          other,
          `{ lineage(root: { key: "read/${at}" }, direction: UPSTREAM, atLeast: "${watermark}") { nodes { asset { key } } } }`,
        )
        expect(data).toMatchObject({
          lineage: { nodes: expect.arrayContaining([{ asset: { key: 'raw' } }]) },
        })
      }
    }
  })

  test('a clock that jumps ten minutes to and fro under load: nothing is refused, lost or doubled, ids stay unlike', async () => {
    const clock = await folder.put('clock', '+0')
    await using server = await startServerProcess({
      variables: {
        DATABASE_URL: database.url,
        ...withClock({ FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' }),
      },
    })
    const ledger = new Ledger()
    const load = ledger.write(server.url, 8)
    for (const offset of ['+10m', '-10m', '+0', '-10m', '+10m', '+0']) {
      await writeFile(clock, offset)
      await load.acknowledged(20)
    }
    await load.finish()
    expect(ledger.surprises).toEqual([])
    expect([...ledger.statuses.keys()].sort()).toEqual([200, 201])
    expect(await ledger.complaints(server.url)).toEqual([])
    note(`a clock that jumps: ${ledger.acknowledged} acknowledged, none refused`)
  }, 200_000)
})
