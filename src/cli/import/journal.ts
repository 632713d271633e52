import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { CommandError } from '../command-error.js'
import { replaceStateFile } from '../state-file.js'

/** What is imported from where to where: the place in one import means nothing in another. */
export interface ImportIdentity {
  source: string
  schema: string
  server: string
  /** Null where each asset has its own. */
  namespace: string | null
}

const count = z.int().min(0)
const tally = z.object({
  materializations: count.default(0),
  alreadyThere: count.default(0),
  upstreams: count.default(0),
  checkResults: count.default(0),
  dagRuns: count.default(0),
  expectedAssets: count.default(0),
  assets: count.default(0),
  assetsUnchanged: count.default(0),
  assetsNeverRecorded: count.default(0),
  refused: count.default(0),
})

/** What has been imported so far, by all runs of one import. */
export type Tally = z.infer<typeof tally>

const place = z.object({
  /** The key of the last row that is done. */
  after: z.string(),
  rows: count,
})

const journalFile = z.object({
  format: z.literal(1),
  import: z.object({
    source: z.string(),
    schema: z.string(),
    server: z.string(),
    namespace: z.string().nullable(),
  }),
  places: z.record(z.string(), place),
  tally,
  /** The id of a materialization that was recorded: a server that does not know it has lost what was imported. */
  witness: z.string().nullable(),
})

/** How far an import is: in memory, and in a file from which a later run goes on. */
export class Journal {
  readonly tally: Tally
  #places: z.infer<typeof journalFile>['places']
  #witness: string | null

  private constructor(
    readonly path: string,
    private readonly identity: ImportIdentity,
    stored: z.infer<typeof journalFile> | null,
  ) {
    this.tally = stored?.tally ?? tally.parse({})
    this.#places = stored?.places ?? {}
    this.#witness = stored?.witness ?? null
  }

  /** Reads the file, if there is one. Throws a CommandError where it is of another import, or is no such file. */
  static async open(path: string, identity: ImportIdentity): Promise<Journal> {
    return new Journal(path, identity, await storedIn(path, identity))
  }

  /** One that begins anew, under the same name. */
  anew(): Journal {
    return new Journal(this.path, this.identity, null)
  }

  /** Whether the file says that any row is done. */
  get hasBegun(): boolean {
    return Object.keys(this.#places).length > 0
  }

  /** The id of a materialization that was recorded; null where none was. */
  get witness(): string | null {
    return this.#witness
  }

  /** Keeps the id of a materialization that the server has. */
  addWitness(id: string): void {
    this.#witness = id
  }

  /** The key of the last row of a table that is done, and how many are; null where none is. */
  placeIn(table: string): { after: string; rows: number } | null {
    return this.#places[table] ?? null
  }

  /** Keeps that these rows are done, and all that has been counted, before it answers. */
  async advance(table: string, after: string, rows: number): Promise<void> {
    const places = { ...this.#places, [table]: { after, rows: (this.placeIn(table)?.rows ?? 0) + rows } }
    const { identity, tally } = this
    const content: z.infer<typeof journalFile> = {
      ...{ format: 1, import: identity, places, tally },
      witness: this.#witness,
    }
    await replaceStateFile(this.path, content)
    this.#places = places
  }

  /** The import is complete: the next one looks at everything again. */
  async finish(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

async function storedIn(path: string, identity: ImportIdentity): Promise<z.infer<typeof journalFile> | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new CommandError(`cannot read the state file ${path}: ${error.message}`, { cause: error })
  })
  if (text === null) return null
  const stored = journalFile.safeParse(parsed(text)).data
  if (stored === undefined) {
    throw new CommandError(
      `${path} is no state file of this version of headwater import: remove it, or name another with --state`,
    )
  }
  if (textOf(stored.import) !== textOf(identity)) {
    throw new CommandError(
      `${path} keeps the place of another import (${textOf(stored.import)}): remove it, or name another with --state`,
    )
  }
  return stored
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What it is instead does not matter: it fails the check.
    return undefined
  }
}

function textOf({ source, schema, server, namespace }: ImportIdentity): string {
  return `${source}, schema ${schema}, to ${server}${namespace === null ? '' : `, namespace ${namespace}`}`
}
