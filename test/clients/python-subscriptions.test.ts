import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, test } from '@jest/globals'
import { LineageClient } from '../../clients/typescript/src/index.js'
import { createTestDatabase } from '../harness/database.js'
import { findPython, PYTHON_CANDIDATES, start } from '../harness/python.js'
import { freePort, startServerProcess } from '../harness/server-process.js'

const python = await findPython()
const withPython = python === undefined && process.env['CI'] === undefined ? describe.skip : describe

/** Says the id of each materialization, and whatever it logs. */
const FOLLOW = `
import sys
from headwater import LineageClient, RetryPolicy
client = LineageClient(sys.argv[1], retry=RetryPolicy(first_pause=0.01, longest_pause=0.1))
for event in client.materialization_recorded(after=sys.argv[2]):
    print(event.materialization.id, flush=True)`

withPython('the Python client (Python 3.9 or newer; skipped without)', () => {
  test('follows what is recorded while servers are killed and come back: nothing missing, nothing twice', async () => {
    if (python === undefined) throw new Error(`expected Python 3.9 as ${PYTHON_CANDIDATES.join(' or ')}`)
    await using database = await createTestDatabase()
    const PORT = await freePort()
    const startServer = () => startServerProcess({ variables: { DATABASE_URL: database.url, PORT } })
    let server = await startServer()
    const client = new LineageClient({ url: server.url, retries: 1_000, longestPauseMs: 100 })
    const record = (key: string) =>
      client.recordMaterializations({ jobId: 'job', assets: [{ key: `${key}/a` }, { key: `${key}/b` }] })
    const { watermark } = await record('before')
    const program = start(python, ['-c', FOLLOW, server.url, watermark])
    const seen = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
    const ids: string[] = []
    const follow = async (count: number) => {
      for (let left = count; left > 0; left--) ids.push((await seen.next()).value)
    }
    try {
      const made: string[][] = []
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        const writing = (async () => {
          for (let at = 0; at < 20; at++) {
            const { materializations } = await record(`${signal}/${at}`)
            made.push(materializations.map(({ id }) => id))
          }
        })()
        await follow(11)
        server.kill(signal)
        await server.exited
        server = await startServer()
        await writing
        await follow(29)
      }
      // Those of one transaction come in the order of their ids, whatever that is.
      const pairs = Array.from({ length: ids.length / 2 }, (_, at) => ids.slice(2 * at, 2 * at + 2))
      expect(pairs.map((pair) => pair.sort())).toEqual(made.map((pair) => pair.sort()))
    } finally {
      program.kill()
      if (program.exitCode === null && program.signalCode === null) await once(program, 'close')
      await server[Symbol.asyncDispose]()
    }
  }, 120_000)
})
