import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { Ledger, post } from '../harness/ledger.js'
import { freePort, type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

const DISK_MIB = 192

/**
 * What runs a program with a small disk of its own, a tmpfs that no other process sees: by root as it is, by others
 * where the system lets them make namespaces.
 */
const RUNNER = [
  'unshare',
  '--mount',
  ...(process.geteuid?.() === 0 ? [] : ['--map-current-user', '--keep-caps']),
]
const mounting = (folder: string) => [
  ...RUNNER,
  'sh',
  '-c',
  `mount -t tmpfs -o size=${DISK_MIB}m,mode=0777 tmpfs '${folder}' && exec "$@"`,
  'sh',
]

const canMount = await promisify(execFile)('unshare', [...mounting(tmpdir()).slice(1), 'true']).then(
  () => true,
  () => false,
)
if (!canMount) {
  note('SKIPPED: a full disk, for this user may not mount a small one (neither root nor user namespaces)')
  if (process.env['CI']) throw new Error('CI must be able to mount a tmpfs')
}
const withDisk = canMount ? test : test.skip

withDisk(
  'a full disk: recordings are answered by 503, reads by what is there, and all goes on when there is room again',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwater-full-'))
    const disk = join(folder, 'disk')
    await mkdir(disk)
    const server = await startServerProcess({
      runner: mounting(disk),
      variables: { HEADWATER_DATA_DIR: join(disk, 'data'), PORT: await freePort() },
    })
    try {
      const ledger = new Ledger()
      const load = ledger.write(server.url, 8)
      await load.acknowledged(40)
      const ballast = await fill(server, disk)
      while ((ledger.statuses.get(503) ?? 0) < 40) await sleep(5)
      // What is there can be read: at once, or when one of the connections that have met the full disk is replaced.
      while ((await lists(server)) !== 200) await sleep(5)
      expect((await fetch(`${server.url}/livez`)).status).toBe(200)
      await rm(ballast)
      await load.acknowledged(40)
      await load.finish()
      expect(ledger.surprises).toEqual([])
      expect([...ledger.statuses.keys()].sort()).toEqual([200, 201, 503])
      expect(await ledger.complaints(server.url)).toEqual([])
      note(
        `full disk: ${ledger.acknowledged} acknowledged, ${ledger.statuses.get(503)} answered by 503, ${ledger.again.sent} sent again`,
      )
    } finally {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    }
  },
  120_000,
)

async function lists({ url }: ServerProcess): Promise<number> {
  const query = '{ materializations(first: 10) { nodes { jobId asset { key } } } }'
  return (await post(`${url}/graphql`, JSON.stringify({ query }))).status
}

/** Writes until nothing more fits; answers with the path of what was written, as this process sees it. */
async function fill({ pid }: ServerProcess, disk: string): Promise<string> {
  const path = join(`/proc/${pid}/root`, disk, 'ballast')
  const file = await open(path, 'w')
  try {
    const piece = Buffer.alloc(64 * 1024)
    for (;;) await file.write(piece)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
    return path
  } finally {
    await file.close()
  }
}
