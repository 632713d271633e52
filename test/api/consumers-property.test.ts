import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, dumpProvenance } from '../harness/dump.js'
import { history } from '../harness/histories.js'
import { recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

test('the consumers of a materialization are those, and only those, that have it among their inputs', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (log) => {
      await clear(server)
      await recordBatch(server, log)
      const provenance = await dumpProvenance(server)

      const byInputs = new Map(provenance.map(({ name }): [string, string[]] => [name, []]))
      for (const { name, inputs } of provenance) {
        for (const used of new Set(inputs.flatMap((input) => input.name ?? [])))
          byInputs.get(used)?.push(name)
      }
      expect(new Map(provenance.map(({ name, consumers }) => [name, consumers.toSorted()]))).toEqual(
        new Map([...byInputs].map(([name, consumers]) => [name, consumers.toSorted()])),
      )
      expect(provenance.filter((one) => one.consumerCount !== one.consumers.length)).toEqual([])
    }),
    { numRuns: 60, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)
