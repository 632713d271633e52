import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger, post } from '../harness/ledger.js'
import { type Held, type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

const MIB = 1024 * 1024
const CONNECTIONS = 10

const minutes = Number(process.env['SOAK_MINUTES'] ?? 10)
const SAMPLE_MS = 5_000
/** The first part of the time fills what is kept, e.g. of queries, and compiles what is hot. */
const WARM_UP = 0.3

/** So much more may lie in the heap at the end of the measured time than at its beginning, by the line through it. */
const MOST_GROWTH_BYTES = 6 * MIB

interface Sample {
  minute: number
  held: Held
  files: number
  connections: number
}

test(
  `${minutes} minutes of mixed load: the heap does not grow, no handle, file or connection is left`,
  async () => {
    await using database = await createTestDatabase()
    await using server = await startServerProcess({
      isProbed: true,
      variables: { DATABASE_URL: database.url, HEADWATER_DATABASE_CONNECTIONS: String(CONNECTIONS) },
    })
    const ledger = new Ledger()
    const load = ledger.write(server.url, 4, 20)
    await load.acknowledged(50)
    await fillDocumentStore(server.url)
    const readers = new Readers(server.url)
    const samples = await sampled(server, database, minutes * 60_000)
    await Promise.all([load.finish(), readers.finish()])

    const first = samples.findIndex((sample) => sample.minute >= minutes * WARM_UP)
    const measured = samples.slice(first)
    const over = (measured.at(-1)?.minute ?? 0) - (measured[0]?.minute ?? 0)
    const growth = slopeOf(measured.map(({ minute, held }) => [minute, held.heapUsed + held.external])) * over
    const growthOfAll = slopeOf(measured.map(({ minute, held }) => [minute, held.rss])) * over
    note(
      `soak of ${minutes} min: ${ledger.acknowledged} writes, ${readers.answered} reads; over the last ${over.toFixed(1)} min ` +
        `heap ${signed(growth / MIB)} MiB of ${inMib(measured.at(-1)?.held.heapUsed)}, resident ${signed(growthOfAll / MIB)} MiB of ` +
        `${inMib(measured.at(-1)?.held.rss)}; files ${spanOf(measured.map(({ files }) => files))}, ` +
        `connections to PostgreSQL ${spanOf(measured.map(({ connections }) => connections))}`,
    )
    expect(readers.surprises).toEqual([])
    expect(ledger.surprises).toEqual([])
    expect([...ledger.statuses.keys()].sort()).toEqual([200, 201])
    expect(growth).toBeLessThan(MOST_GROWTH_BYTES)
    // One more is the graph's.
    expect(Math.max(...samples.map(({ connections }) => connections))).toBeLessThanOrEqual(CONNECTIONS + 1)

    const left = await handlesLeft(server, CONNECTIONS + 1)
    note(`soak, at rest: ${JSON.stringify(left)}`)
    expect(left['TCPSocketWrap'] ?? 0).toBe(0)
    expect(await ledger.complaints(server.url)).toEqual([])
  },
  (minutes + 10) * 60_000,
)

/** What a server holds, every few seconds. */
async function sampled(server: ServerProcess, database: TestDatabase, ms: number): Promise<Sample[]> {
  const samples: Sample[] = []
  const startedAt = performance.now()
  for (let saidAt = 0; performance.now() - startedAt < ms; ) {
    await sleep(SAMPLE_MS)
    const minute = (performance.now() - startedAt) / 60_000
    const held = await server.held()
    const files = (await readdir(`/proc/${server.pid}/fd`)).length
    const connections = await connectionsTo(database)
    samples.push({ minute, held, files, connections })
    if (minute < saidAt + 1) continue
    saidAt = Math.floor(minute)
    note(`soak, minute ${saidAt}: heap ${inMib(held.heapUsed)}, resident ${inMib(held.rss)}, ${files} files`)
  }
  return samples
}

async function connectionsTo(database: TestDatabase): Promise<number> {
  const [row] = await database.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'headwater%'`,
  )
  return row?.count ?? 0
}

/** What is open when nobody asks any more, by kind: connections that clients keep end after 65 s. */
async function handlesLeft(server: ServerProcess, most: number): Promise<Record<string, number>> {
  for (let wait = 0; ; wait++) {
    const { handles } = await server.held()
    const counts: Record<string, number> = {}
    for (const kind of handles) counts[kind] = (counts[kind] ?? 0) + 1
    // Where PostgreSQL is reached over TCP its connections count too.
    counts['TCPSocketWrap'] = Math.max(0, (counts['TCPSocketWrap'] ?? 0) - (isOverTcp() ? most : 0))
    if (counts['TCPSocketWrap'] === 0 || wait === 90) return counts
    await sleep(1_000)
  }
}

const isOverTcp = () => !new URL(process.env['TEST_DATABASE_URL'] ?? '').searchParams.has('host')

/** The slope of the line that is nearest to some points, by least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const both = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return both / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}

const inMib = (bytes = 0) => `${(bytes / MIB).toFixed(1)} MiB`
const signed = (value: number) => `${value >= 0 ? '+' : ''}${value.toFixed(2)}`
const spanOf = (values: readonly number[]) => `${Math.min(...values)} to ${Math.max(...values)}`

const ROOT = 'root: { namespace: "lake", key: "made/1" }'
const QUESTIONS: readonly [string, ...string[]] = [
  `{ lineage(${ROOT}, direction: BOTH) { nodes { asset { key staleness { status } } } edges { upstream { key } } watermark } }`,
  `{ lineage(${ROOT}, direction: UPSTREAM, depth: 2, scope: CURRENT) { nodes { asset { key } } } }`,
  `{ lineage(${ROOT}, direction: UPSTREAM, asOf: "2026-01-02T00:00:00Z") { nodes { asset { key } } } }`,
  '{ asset(namespace: "lake", key: "made/2") { latestMaterialization { jobId inputs { asset { key } } } upstream(first: 5) { nodes { key } } } }',
  '{ materializations(first: 20) { totalCount nodes { jobId run { state } } } }',
  '{ searchAssets(query: "made") { hits { asset { key } } } }',
  '{ runs(first: 10) { nodes { runId state } } }',
  '{ nothing }',
]

/** A client that says each time another thing makes another document. */
const another = (query: string, name: string) => `${query} # ${name}`

/** More than are kept: of parsed documents 30 MiB of their JSON, and of what is known of operations 100,000 steps. */
const LONG_DOCUMENTS = 240
const OPERATIONS = 45
const DOCUMENTS = 1_500

/**
 * Documents are kept parsed, each that the readers make in 14 KB of the heap, until there are so many that each takes the
 * place of another: about 10,000 of these. What is measured is to begin then. A long document is many of them at once,
 * so that all takes as much for each byte of its JSON as what comes in its place.
 */
async function fillDocumentStore(url: string): Promise<void> {
  let sent = 0
  const send = async () => {
    while (sent < LONG_DOCUMENTS + DOCUMENTS) {
      const place = sent++
      const operations = place < LONG_DOCUMENTS ? OPERATIONS : 1
      const texts = Array.from({ length: operations }, (_, at) => `query Q${at} ${QUESTIONS[0]}`)
      const body = { query: another(texts.join(' '), `fill ${place}`), operationName: 'Q0' }
      const { status, text } = await post(`${url}/graphql`, JSON.stringify(body))
      if (status !== 200) throw new Error(`${status} ${text.slice(0, 300)}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, send))
}

/** Ask one thing after the other, exports among them. */
class Readers {
  answered = 0
  readonly surprises: string[] = []
  #isFinishing = false
  readonly #working: Promise<unknown>

  constructor(private readonly url: string) {
    this.#working = Promise.all([0, 2, 4, 6].map((from) => this.#ask(from)))
  }

  async #ask(from: number): Promise<void> {
    for (let at = from; !this.#isFinishing; at++) {
      const query = QUESTIONS[at % QUESTIONS.length] ?? ''
      const text = at % 16 === 0 ? another(query, `${from} ${at}`) : query
      const { status, text: answer } = await post(`${this.url}/graphql`, JSON.stringify({ query: text }))
      const expected = query === '{ nothing }' ? 400 : 200
      if (status === expected) this.answered++
      else this.surprises.push(`${status} ${answer.slice(0, 300)}`)
      if (at % 10 === 0) await this.#export()
      await sleep(10)
    }
  }

  async #export(): Promise<void> {
    const response = await fetch(
      `${this.url}/export/lineage?namespace=lake&key=made/1&direction=BOTH&format=csv`,
    )
    await response.text()
    if (response.status === 200) this.answered++
    else this.surprises.push(`${response.status} from /export`)
  }

  finish(): Promise<unknown> {
    this.#isFinishing = true
    return this.#working
  }
}
