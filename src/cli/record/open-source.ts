import { CommandError } from '../command-error.js'
import type { Entry } from './entry.js'
import { type OpenFile, openFile } from './open-file.js'
import { isBlank, readJson } from './read-json.js'
import { LONGEST_LINE_BYTES, splitLines } from './split-lines.js'

/** One that is larger than a request may be cannot be recorded: its file can only be NDJSON. */
const LARGEST_OBJECT_BYTES = LONGEST_LINE_BYTES
/** An array is read as a whole. */
const LONGEST_ARRAY_BYTES = 256 * 1024 * 1024

/** The recordings of a file, which can be read more than once. */
export interface Source extends AsyncDisposable {
  /** What the numbers of its entries count. */
  unit: 'line' | 'item'
  read(): AsyncIterable<Entry> | Iterable<Entry>
}

/**
 * Opens a file of recordings: NDJSON, if its first line is a JSON value of its own or nothing else fits; else one
 * JSON document, an object or an array. `-` is standard input.
 */
export async function openSource(path: string): Promise<Source> {
  const file = await openFile(path)
  try {
    const entries = await readDocument(file, path === '-' ? 'standard input' : path)
    return {
      unit: entries === null ? 'line' : 'item',
      read: () => entries ?? readLines(file),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

/** Null for NDJSON. */
async function readDocument(file: OpenFile, name: string): Promise<Entry[] | null> {
  const isArray = (await firstCharacter(file)) === '['
  if (!isArray && (file.size > LARGEST_OBJECT_BYTES || (await startsWithJsonLine(file)))) return null
  if (file.size > LONGEST_ARRAY_BYTES) {
    throw new CommandError(
      `${name}: an array is read as a whole, at most ${LONGEST_ARRAY_BYTES} bytes of it; write one recording a line`,
    )
  }
  const document = readJson(await readAll(file))
  if ('fault' in document) {
    if (!isArray && (await hasJsonLine(file))) return null
    throw new CommandError(`${name}: ${document.fault}`)
  }
  const values = Array.isArray(document.value) ? document.value : [document.value]
  return values.map((value, at) => ({ number: at + 1, position: at + 1, content: { value } }))
}

async function* readLines(file: OpenFile): AsyncGenerator<Entry> {
  let position = 0
  for await (const { number, bytes } of splitLines(file.read())) {
    if (bytes !== null && isBlank(bytes)) continue
    const content = bytes === null ? { fault: `longer than ${LONGEST_LINE_BYTES} bytes` } : readJson(bytes)
    yield { number, position: ++position, content }
  }
}

async function firstCharacter(file: OpenFile): Promise<string | undefined> {
  for await (const chunk of file.read()) {
    // Trims a byte order mark as well.
    const [first] = chunk.toString().trimStart()
    if (first !== undefined) return first
  }
  return undefined
}

async function startsWithJsonLine(file: OpenFile): Promise<boolean> {
  for await (const { content } of readLines(file)) return 'value' in content
  return true
}

async function hasJsonLine(file: OpenFile): Promise<boolean> {
  for await (const { content } of readLines(file)) {
    if ('value' in content && typeof content.value === 'object') return true
  }
  return false
}

async function readAll(file: OpenFile): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of file.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
