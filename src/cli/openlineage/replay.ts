import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'
import { startProgress } from '../progress.js'
import { replaceStateFile } from '../state-file.js'
import { eventFiles, type RecordedEvent, readEvents, readLines } from './read-events.js'

/** As the command line gives them. */
export interface ReplayOptions extends ServerOptions {
  state?: string
}

/** A server that restarts is waited for. */
const PATIENCE_MS = 60_000

/** So many events go with one request, and about so many characters. */
const BATCH = { events: 200, characters: 1_000_000 }

const batchAnswer = z.object({
  failed_events: z.array(z.object({ index: z.number(), reason: z.string(), retriable: z.boolean() })),
})

const stateFile = z.object({ source: z.string(), server: z.string(), sent: z.int().min(0) })

/** Sends recorded events, and says which the server has refused. */
export async function replayEvents(source: string, { state, ...server }: ReplayOptions): Promise<void> {
  const { url } = server
  const client = new Client(server, PATIENCE_MS)
  const files = source === '-' ? null : await eventFiles(source)
  const read = () => (files === null ? readLines('standard input', process.stdin) : readEvents(files))
  const place = files === null ? null : await Place.open(source, url, state)
  const skipped = place?.sent ?? 0
  if (skipped > 0) tell(`headwater: going on behind the first ${skipped} ${plural(skipped, 'event')}`)

  using progress = startProgress('replaying', files === null ? 0 : (await countOf(read())) - skipped)
  let sent = 0
  let refused = 0
  for await (const batch of inBatches(read(), skipped)) {
    const bad = await send(client, batch)
    for (const { event, reason } of bad) tell(`${event.place}: ${reason}`)
    refused += bad.length
    sent += batch.length
    await place?.keep(skipped + sent)
    progress.advance(batch.length)
  }
  await place?.finish()
  await print([
    `replayed ${sent - refused} ${plural(sent - refused, 'event')}${refused === 0 ? '' : `, ${refused} refused`}`,
  ])
  if (refused > 0) process.exitCode = 1
}

/** How far a replay is, in a file that a later run goes on from. */
class Place {
  private constructor(
    private readonly path: string,
    private readonly identity: { source: string; server: string },
    readonly sent: number,
  ) {}

  static async open(source: string, url: URL, path: string | undefined): Promise<Place> {
    const identity = { source, server: url.href }
    const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12)
    const file = path ?? `headwater-replay-${hash}.json`
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new CommandError(`cannot read the state file ${file}: ${error.message}`, { cause: error })
    })
    if (text === null) return new Place(file, identity, 0)
    const stored = stateFile.safeParse(jsonOf(text)).data
    if (stored === undefined || stored.source !== source || stored.server !== identity.server) {
      throw new CommandError(
        `${file} does not keep the place of this replay: remove it, or name another with --state`,
      )
    }
    return new Place(file, identity, stored.sent)
  }

  async keep(sent: number): Promise<void> {
    await replaceStateFile(this.path, { ...this.identity, sent })
  }

  /** The next one begins anew. */
  async finish(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

async function send(client: Client, batch: readonly RecordedEvent[]) {
  // What is no JSON is told of by its place, not sent: it would spoil the list.
  const good = batch.filter(({ text }) => jsonOf(text) !== undefined)
  const bad = batch
    .filter((event) => !good.includes(event))
    .map((event) => ({ event, reason: 'expected JSON' }))
  if (good.length === 0) return bad
  const answer = await client.post('api/v1/lineage/batch', `[${good.map(({ text }) => text).join(',')}]`)
  const { failed_events } = batchAnswer.parse(answer)
  const retriable = failed_events.find((one) => one.retriable)
  if (retriable !== undefined) {
    throw new CommandError(
      `${good[retriable.index]?.place}: ${retriable.reason}; run it again to go on from here`,
    )
  }
  const refused = failed_events.flatMap(({ index, reason }) => {
    const event = good[index]
    return event === undefined ? [] : { event, reason }
  })
  return [...bad, ...refused]
}

async function* inBatches(
  events: AsyncIterable<RecordedEvent>,
  skipped: number,
): AsyncGenerator<RecordedEvent[]> {
  let batch: RecordedEvent[] = []
  let characters = 0
  let seen = 0
  for await (const event of events) {
    if (seen++ < skipped) continue
    const isFull = batch.length === BATCH.events || characters + event.text.length > BATCH.characters
    if (batch.length > 0 && isFull) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(event)
    characters += event.text.length
  }
  if (batch.length > 0) yield batch
}

/** Read once before they are sent, where anybody watches. */
async function countOf(events: AsyncIterable<RecordedEvent>): Promise<number> {
  if (!process.stderr.isTTY) return 0
  let count = 0
  for await (const _ of events) count++
  return count
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
