import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  RunDatasetsDocument,
  RunDocument,
  type RunFilter,
  RunsDocument,
} from '../../schema/operations.generated.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const refOf = (jobName: string, runId: string) => ({ jobNamespace: 'jobs', jobName, runId })
const runNamed = async (jobName: string, runId: string) =>
  (await server.query(RunDocument, { ref: refOf(jobName, runId) })).run
const runs = async (filter: RunFilter) =>
  (await server.query(RunsDocument, { filter, first: null, after: null })).runs

describe('bad input', () => {
  const NAME = 'jobNamespace: "n", jobName: "j"'
  test.each([
    [
      'ref.jobNamespace: expected 1 to 512 characters, got 0 characters',
      'run(ref: { jobNamespace: "", jobName: "j", runId: "r" }) { id }',
    ],
    [
      'ref.runId: expected 1 to 512 characters, got 513 characters',
      `run(ref: { ${NAME}, runId: "${'r'.repeat(513)}" }) { id }`,
    ],
    [
      'filter.jobNamespace: expected the namespace of the job that jobName names, got none',
      'runs(filter: { jobName: "j" }) { totalCount }',
    ],
    [
      'filter.jobName: expected 1 to 2048 characters, got 2049 characters',
      `runs(filter: { jobNamespace: "n", jobName: "${'j'.repeat(2049)}" }) { totalCount }`,
    ],
    [
      'filter.dagId: expected 1 to 512 characters, got 0 characters',
      'runs(filter: { dagId: "" }) { totalCount }',
    ],
    [
      'filter.dagId: expected a text without U+0000, got U+0000 at index 0',
      'runs(filter: { dagId: "\\u0000" }) { totalCount }',
    ],
    [
      'filter.since: expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got 1969-12-31T23:59:59.000Z',
      'runs(filter: { since: "1969-12-31T23:59:59Z" }) { totalCount }',
    ],
    [
      'filter.parent.runId: expected 1 to 512 characters, got 0 characters',
      `runs(filter: { parent: { ${NAME}, runId: "" } }) { totalCount }`,
    ],
    ['first: expected 1 to 1000, got 1001', 'runs(first: 1001) { totalCount }'],
    [
      'after: expected a cursor that this query answered with, got "forged"',
      'runs(after: "forged") { totalCount }',
    ],
  ])('%s', async (message, field) => {
    const { status, errors } = await server.ask(`{ ${field} }`)
    expect([status, errors[0]?.message, errors[0]?.extensions.code]).toEqual([400, message, 'BAD_USER_INPUT'])
  })

  test('a cursor of another list of runs is refused', async () => {
    const job = unique('job')
    const other =
      'after: expected a cursor of this query, with the same arguments, got a cursor of another query'
    await sendEvents(server, [
      runEvent(job, 'r', 'COMPLETE', minute(1), {
        inputs: [dataset(`${job}/in`)],
        outputs: [dataset(`${job}/out`)],
      }),
    ])
    const { run } = await server.query(RunDatasetsDocument, { ref: refOf(job, 'r') })
    const inputsAfter = run?.outputs.pageInfo.endCursor ?? null
    const swapped = await server.ask(RunDatasetsDocument, { ref: refOf(job, 'r'), inputsAfter })
    expect(swapped.errors.map(({ message }) => message)).toEqual([other])
    const after = (await runs({ jobNamespace: 'jobs', jobName: job })).pageInfo.endCursor ?? null
    const unfiltered = await server.ask(RunsDocument, { after })
    expect(unfiltered.errors.map(({ message }) => message)).toEqual([other])
  })

  test('a run that nobody has reported is null', async () => {
    expect(await runNamed(unique('nothing'), 'r')).toBeNull()
  })
})

test('names and times as long, and as odd, as events may have them', async () => {
  const wide = Array.from({ length: 2_048 }, (_, at) =>
    String.fromCodePoint(0x4e00 + ((at * 7_919) % 20_000)),
  ).join('')
  const namespace = wide.slice(0, 512)
  const event = runEvent(wide, 'r'.repeat(512), 'COMPLETE', minute(1), {
    runFacets: { nominalTime: { nominalStartTime: '0000-01-01T00:00:00Z', nominalEndTime: 'soon' } },
    outputs: [dataset(unique('out'))],
  })
  // The other differs from it in what no index holds.
  for (const name of [wide, `${wide.slice(0, -1)}!`])
    await sendEvents(server, [{ ...event, job: { namespace, name } }])
  const found = await runs({ jobNamespace: namespace, jobName: wide })
  expect(found.nodes).toMatchObject([{ jobName: wide, nominalStartAt: null, nominalEndAt: null }])
})
