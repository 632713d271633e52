import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CommandError } from '../command-error.js'

/** An event as it is recorded, and where: `events.ndjson:12`. */
export interface RecordedEvent {
  place: string
  text: string
}

const OF_EVENTS = /\.(json|jsonl|ndjson)$/i

/** The files of a source, in the order of their names. Throws a CommandError where there is none. */
export async function eventFiles(source: string): Promise<string[]> {
  const found = await stat(source).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${source}: ${error.message}`, { cause: error })
  })
  if (!found.isDirectory()) return [source]
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && OF_EVENTS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0)
    throw new CommandError(`${source}: expected files that end in .json, .jsonl or .ndjson`)
  return files
}

/** The events of files, one after the other. */
export async function* readEvents(files: readonly string[]): AsyncGenerator<RecordedEvent> {
  for (const file of files) yield* eventsOf(file)
}

/** Events that come one a line. */
export async function* readLines(name: string, input: NodeJS.ReadableStream): AsyncGenerator<RecordedEvent> {
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() !== '') yield { place: `${name}:${line}`, text }
  }
}

/** A file whose first line is a whole event holds one a line; another is read whole. */
async function* eventsOf(file: string): AsyncGenerator<RecordedEvent> {
  const lines = readLines(file, createReadStream(file, 'utf8'))
  const first = await lines.next()
  if (first.done === true) return
  const value = parsed(first.value.text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    yield first.value
    yield* lines
    return
  }
  await lines.return(undefined)
  const text = await readFile(file, 'utf8')
  const whole = parsed(text)
  if (!Array.isArray(whole)) {
    yield { place: file, text }
    return
  }
  for (const [at, event] of whole.entries()) yield { place: `${file}[${at}]`, text: JSON.stringify(event) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What it is instead the server, or the reader of the whole file, says.
    return undefined
  }
}
