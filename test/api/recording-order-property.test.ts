import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, dumpProvenance, dumpTables } from '../harness/dump.js'
import { historyWithColumns } from '../harness/histories.js'
import { type Run, record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { walk } from '../harness/walks.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

test('recordings delivered in any order, any number of times and in any batches end in the same state', async () => {
  await fc.assert(
    fc.asyncProperty(delivery, async ({ log, chunks, isConcurrent }) => {
      await clear(server)
      for (const run of log) await record(server, run)
      const once = await stateAfter(log)

      await clear(server)
      if (isConcurrent) await Promise.all(chunks.map(deliver))
      else for (const chunk of chunks) await deliver(chunk)
      expect(await stateAfter(log)).toEqual(once)
    }),
    { numRuns: 25, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)

/** A log and another way to deliver it: in chunks that hold each of its recordings at least once. */
const delivery = historyWithColumns.chain((log) =>
  fc.record({ log: fc.constant(log), chunks: chunksOf(log), isConcurrent: fc.boolean() }),
)

function chunksOf(log: readonly Run[]): fc.Arbitrary<Run[][]> {
  return fc.array(fc.constantFrom(...log), { maxLength: 10 }).chain((repeats) => {
    const all = [...log, ...repeats]
    const order = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: all.length, maxLength: all.length })
    return fc.tuple(order, sizes).map(([runs, [...counts]]) => {
      const chunks: Run[][] = []
      const left = [...runs]
      while (left.length > 0) chunks.push(left.splice(0, counts.pop()))
      return chunks
    })
  })
}

async function deliver(chunk: readonly Run[]): Promise<void> {
  const [only] = chunk
  if (chunk.length === 1 && only !== undefined) await record(server, only)
  else await recordBatch(server, chunk)
}

async function stateAfter(log: readonly Run[]) {
  const root = log[0]?.assets[0]?.key ?? ''
  const walked = async (scope: 'ALL' | 'CURRENT') => {
    const answer = await walk(server, root, { direction: 'BOTH', scope })
    // The watermark counts all transactions of a PostgreSQL, those of other tests too.
    return { ...answer, watermark: undefined }
  }
  return {
    tables: await dumpTables(server),
    provenance: await dumpProvenance(server),
    all: await walked('ALL'),
    current: await walked('CURRENT'),
  }
}
