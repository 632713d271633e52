import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { dataset, runEvent } from './lineage-events.js'
import { minute } from './recordings.js'

/** Longer than whatever the server may take by itself. */
const NO_ANSWER_MS = 60_000

/** How long a writer waits before it sends again what was not acknowledged; and where nobody was there to refuse it. */
const PAUSE_MS = 20
const NOBODY_THERE_MS = 250

/** What one recording, or one run, makes: each of its assets from the same inputs. */
interface Unit {
  /** Of a run its id. */
  jobId: string
  at: string
  assets: string[]
  inputs: string[]
}

/** A request that writes, with all that it is to leave behind. Sent again, it is the same request. */
interface Delivery {
  path: string
  body: string
  units: Unit[]
  sent: number
}

/** Writers under way. */
export interface Load {
  /** Resolves when so many more deliveries have been acknowledged. */
  acknowledged(more: number): Promise<void>
  /** No new deliveries; resolves when all that were begun are acknowledged, by sending them again as often as it takes. */
  finish(): Promise<void>
}

/**
 * What was sent to a server by recordings and by OpenLineage events, one at a time and several, and what it
 * acknowledged: to be compared with what is there.
 */
export class Ledger {
  /** What the names of its jobs begin with: others may have written too. */
  readonly #name = randomUUID().slice(0, 8)
  readonly #acknowledged: Delivery[] = []
  readonly #unacknowledged: Delivery[] = []
  #made = 0
  /** Answers that are neither an acknowledgement nor 503. */
  readonly surprises: string[] = []
  /** Why connections broke before an answer had come. */
  readonly broken: string[] = []
  /** How often a delivery was sent again, and how often it was there already. */
  readonly again = { sent: 0, there: 0 }
  /** Answers by status; 0 where the connection broke. */
  readonly statuses = new Map<number, number>()

  get acknowledged(): number {
    return this.#acknowledged.length
  }

  /** Writers that send one delivery after the other, first those that were not acknowledged; with pauses between. */
  write(url: string, writers = 8, pauseMs = 0): Load {
    let isFinishing = false
    const write = async () => {
      for (;;) {
        const delivery =
          this.#unacknowledged.shift() ?? (isFinishing ? null : delivered(this.#name, this.#made++))
        if (delivery === null) return
        if (!(await this.#send(url, delivery))) await sleep(PAUSE_MS)
        else if (pauseMs > 0) await sleep(pauseMs)
      }
    }
    const working = Promise.all(Array.from({ length: writers }, write))
    return {
      acknowledged: async (more) => {
        const enough = this.acknowledged + more
        while (this.acknowledged < enough && this.surprises.length === 0) await sleep(2)
      },
      finish: async () => {
        isFinishing = true
        await working
        // Somebody may have given one back when the others had ended.
        for (let left = this.#unacknowledged.shift(); left !== undefined; left = this.#unacknowledged.shift())
          if (!(await this.#send(url, left))) await sleep(PAUSE_MS)
      },
    }
  }

  async #send(url: string, delivery: Delivery): Promise<boolean> {
    if (delivery.sent++ > 0) this.again.sent++
    const { status, text } = await post(`${url}${delivery.path}`, delivery.body)
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    if (status === 0) {
      this.broken.push(text)
      await sleep(NOBODY_THERE_MS)
    }
    const isTaken = status === 201 || (status === 200 && isGood(text))
    if (isTaken) {
      this.#acknowledged.push(delivery)
      if (text.includes('"duplicate":true')) this.again.there++
      return true
    }
    const isRetriable = status === 0 || status === 503 || (status === 200 && isOnlyRetriable(text))
    if (isRetriable) this.#unacknowledged.push(delivery)
    else this.surprises.push(`${status} ${text.slice(0, 500)}`)
    return false
  }

  /**
   * What is wrong with what a server has: acknowledged recordings that are not there, or not whole, or more than once;
   * others that are there in part, or that nobody has sent.
   */
  async complaints(url: string): Promise<string[]> {
    const there = await madeBy(url)
    const complaints: string[] = []
    const compare = (unit: Unit, isAcknowledged: boolean) => {
      const found = there.get(unit.jobId) ?? []
      there.delete(unit.jobId)
      if (found.length === 0 && !isAcknowledged) return
      const expected = unit.assets.map((asset) => written(asset, unit.inputs))
      if (JSON.stringify(found.sort()) !== JSON.stringify(expected.sort()))
        complaints.push(`${unit.jobId}: expected ${expected.join(' and ')}, got ${found.join(' and ')}`)
    }
    for (const { units } of this.#acknowledged) for (const unit of units) compare(unit, true)
    for (const { units } of this.#unacknowledged) for (const unit of units) compare(unit, false)
    for (const [jobId, found] of there) {
      if (jobId.startsWith(this.#name))
        complaints.push(`${jobId}: sent by nobody, got ${found.join(' and ')}`)
    }
    return complaints.slice(0, 10)
  }
}

const written = (asset: string, inputs: readonly string[]) => `${asset} from ${[...inputs].sort().join(', ')}`

/** Each kind of delivery in turn. Assets come again and again, so that their histories grow and writers meet. */
function delivered(ledger: string, place: number): Delivery {
  const one = unitOf(`${ledger}-${place}`, place)
  const several = [0, 1, 2].map((at) => unitOf(`${ledger}-${place}-${at}`, place))
  switch (place % 4) {
    case 0:
      return graphql(RECORD, { input: recording(one) }, [one])
    case 1:
      return graphql(RECORD_BATCH, { inputs: several.map(recording) }, several)
    case 2:
      return { path: '/api/v1/lineage', body: JSON.stringify(event(one)), units: [one], sent: 0 }
    default:
      return {
        path: '/api/v1/lineage/batch',
        body: JSON.stringify(several.map(event)),
        units: several,
        sent: 0,
      }
  }
}

const RECORD =
  'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { duplicate } }'
const RECORD_BATCH =
  'mutation ($inputs: [RecordMaterializationsInput!]!) { recordMaterializationBatch(inputs: $inputs) { duplicate } }'

function graphql(query: string, variables: object, units: Unit[]): Delivery {
  return { path: '/graphql', body: JSON.stringify({ query, variables }), units, sent: 0 }
}

function unitOf(jobId: string, place: number): Unit {
  return {
    jobId,
    at: minute(place),
    assets: [`made/${place % 7}`, `made/${7 + (place % 5)}`],
    inputs: [`raw/${place % 3}`, `made/${(place + 3) % 7}`],
  }
}

function recording({ jobId, at, assets, inputs }: Unit) {
  return {
    jobId,
    idempotencyKey: jobId,
    materializedAt: at,
    assets: assets.map((key) => ({ namespace: 'lake', key, version: jobId })),
    upstream: inputs.map((key) => ({ namespace: 'lake', key })),
  }
}

function event({ jobId, at, assets, inputs }: Unit) {
  return runEvent('job', jobId, 'COMPLETE', at, {
    inputs: inputs.map((key) => dataset(key)),
    outputs: assets.map((key) => dataset(key)),
  })
}

/** An answer; 0, with the reason, where the connection broke before it came. */
export async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(NO_ANSWER_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    if (reasonOf(error) === 'TimeoutError') return { status: -1, text: 'no answer' }
    return { status: 0, text: reasonOf(error) }
  }
}

/** What the system said of a connection, where it did. Errors of fetch are not of the class that tests know. */
function reasonOf(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return cause == null ? (name ?? String(error)) : reasonOf(cause)
}

/** Whether GraphQL has answered without errors, or each event of a batch was taken. */
function isGood(text: string): boolean {
  const answer = JSON.parse(text)
  return 'status' in answer ? answer.status === 'success' : answer.errors === undefined
}

function isOnlyRetriable(text: string): boolean {
  return JSON.parse(text).summary?.non_retriable === 0
}

interface Page {
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
  nodes: {
    jobId: string
    run: { runId: string } | null
    asset: { key: string }
    inputs: { asset: { key: string } }[]
  }[]
}

/** Everything that is there, by job or run. */
async function madeBy(url: string): Promise<Map<string, string[]>> {
  const made = new Map<string, string[]>()
  for (let after: string | null = null, isMore = true; isMore; ) {
    const { text } = await post(
      `${url}/graphql`,
      JSON.stringify({
        query: `query ($after: String) { materializations(first: 1000, after: $after) {
          pageInfo { endCursor hasNextPage } nodes { jobId run { runId } asset { key } inputs { asset { key } } } } }`,
        variables: { after },
      }),
    )
    const { nodes, pageInfo }: Page = JSON.parse(text).data.materializations
    for (const { jobId, run, asset, inputs } of nodes) {
      const by = run?.runId ?? jobId
      const list = made.get(by) ?? []
      list.push(
        written(
          asset.key,
          inputs.map((input) => input.asset.key),
        ),
      )
      made.set(by, list)
    }
    after = pageInfo.endCursor
    isMore = pageInfo.hasNextPage
  }
  return made
}
