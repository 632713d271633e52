import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { StartupError } from '../../src/errors/startup-error.js'
import { type Frame, readArchive, writeArchive } from '../../src/store/prisma/backup/archive.js'
import { restore } from '../../src/store/prisma/backup/restore.js'
import { createFolder, type Folder, headwater } from '../cli/run-headwater.js'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'
import { dumpRows } from '../harness/dump.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let folder: Folder
let frames: Frame[]
/** What has been refused leaves it as empty as it was. */
let database: TestDatabase
beforeAll(async () => {
  folder = await createFolder()
  database = await createEmptyDatabase()
  await using server = await startTestServer()
  await record(server, { assets: [{ key: 'report' }], upstream: [{ key: 'raw' }] })
  const file = join(folder.path, 'lineage.backup')
  expect((await headwater(['backup', file], { variables: { DATABASE_URL: server.database.url } })).code).toBe(
    0,
  )
  frames = []
  for await (const frame of readArchive(pieces(gunzipSync(await readFile(file))))) frames.push(frame)
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function* pieces<Piece>(...all: Piece[]): AsyncGenerator<Piece> {
  yield* all
}

/** An archive of these frames, with the right digest. */
async function archiveOf(changed: Frame[]): Promise<string> {
  const written: Buffer[] = []
  for await (const piece of writeArchive(pieces(...changed))) written.push(piece)
  return folder.put('made-up.backup', gzipSync(Buffer.concat(written)))
}

type Json = Record<string, unknown>

const jsonFrame = (kind: Frame['kind'], value: unknown): Frame => ({
  kind,
  content: Buffer.from(JSON.stringify(value)),
})

/** With other members of the header. */
const withHeader = (change: (header: Json) => Json) => (all: Frame[]) =>
  all.map((frame) =>
    frame.kind === 'header' ? jsonFrame('header', change(JSON.parse(frame.content.toString()))) : frame,
  )

/** With other tables. */
const withTables = (change: (table: { name: string; columns: string[] }) => Json) => (all: Frame[]) =>
  all.map((frame) =>
    frame.kind === 'table' ? jsonFrame('table', change(JSON.parse(frame.content.toString()))) : frame,
  )

/** With a table more. */
const withMore = (name: string, columns: string[], data: string) => (all: Frame[]) => [
  ...all,
  jsonFrame('table', { name, columns }),
  { kind: 'data' as const, content: Buffer.from(data) },
  jsonFrame('rows', { rows: 1 }),
]

const NOT_WHOLE = /^the backup is not whole: /
const NOT_OURS = /^the backup holds (a table|columns) that no backup of its version has /

test.each<[string, (frames: Frame[]) => Frame[], RegExp]>([
  ['no migrations', withHeader((header) => ({ ...header, migrations: [] })), NOT_WHOLE],
  [
    'a migration that nobody has',
    withHeader((header) => ({ ...header, migrations: [{ name: 'mine', checksum: 'x' }] })),
    /whose migration mine this version does not know/,
  ],
  [
    'another checksum of a migration',
    withHeader(({ migrations, ...header }) => ({
      ...header,
      migrations: (migrations as Json[]).map((one) => ({ ...one, checksum: 'x' })),
    })),
    /whose migration \w+ this version does not know/,
  ],
  [
    'only some of the migrations',
    withHeader(({ migrations, ...header }) => ({ ...header, migrations: (migrations as Json[]).slice(1) })),
    /^/,
  ],
  ['a version for the terminal', withHeader((header) => ({ ...header, version: '1.0\u001b[2J' })), NOT_WHOLE],
  ['a time for the terminal', withHeader((header) => ({ ...header, createdAt: '\u001b[2J' })), NOT_WHOLE],
  ['no header', (all) => all.slice(1), NOT_WHOLE],
  ['two headers', (all) => [...all.slice(0, 1), ...all], NOT_WHOLE],
  [
    'a header that nests deeply',
    (all) => [{ kind: 'header', content: Buffer.from('['.repeat(1_000_000)) }, ...all.slice(1)],
    NOT_WHOLE,
  ],
  [
    'a column that is not there',
    withTables(({ name, columns }) => ({ name, columns: [...columns, 'no_column'] })),
    NOT_OURS,
  ],
  ['fewer columns', withTables(({ name, columns }) => ({ name, columns: columns.slice(1) })), NOT_OURS],
  ['a table of PostgreSQL', withMore('pg_authid', ['rolname'], 'mallory\n'), NOT_OURS],
  [
    'the table of migrations',
    withMore('_prisma_migrations', ['id', 'checksum', 'migration_name'], 'x\tx\tx\n'),
    NOT_OURS,
  ],
  ['an unknown table', withMore('mine', ['id'], '1\n'), NOT_OURS],
  ['a path', withMore('../../etc/passwd', ['id'], '1\n'), NOT_OURS],
  ['SQL', withMore("asset\" FROM PROGRAM 'touch /tmp/x' --", ['id'], '1\n'), NOT_OURS],
  ['a name for the terminal', withMore('\u001b[2J', ['id'], '1\n'), NOT_OURS],
  ['a table twice', (all) => [...all, ...all.slice(1)], NOT_OURS],
  ['no tables', (all) => all.slice(0, 1), NOT_WHOLE],
  [
    'rows that are none',
    (all) =>
      all.map((frame) => (frame.kind === 'data' ? { ...frame, content: Buffer.from('nonsense\n') } : frame)),
    /^the database does not take what the backup holds: /,
  ],
  [
    'a table that does not end',
    (all) => all.filter((_, at) => at < all.findIndex(({ kind }) => kind === 'rows')),
    NOT_WHOLE,
  ],
  ['tables in tables', (all) => all.filter(({ kind }) => kind !== 'rows'), NOT_WHOLE],
])(
  'an archive with the right digest, but %s, is refused in a line, and nothing is written',
  async (_what, changed, message) => {
    const error = await restore(
      { url: database.url, connectTimeoutMs: 10_000 },
      writeArchive(pieces(...changed(frames))),
      { onTotal: () => undefined, advance: () => undefined, withoutTokens: false, withoutWebhooks: false },
    ).catch((thrown: unknown) => thrown)
    // Which the command says in one line.
    expect(error).toBeInstanceOf(StartupError)
    const { message: said } = error as StartupError
    expect(said).toMatch(message)
    expect(said).not.toMatch(/\p{Control}/u)
    const tables = await database.sql("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
    const rows = tables.length === 0 ? {} : await dumpRows({ database } as TestServer)
    expect(Object.entries(rows).filter(([, some]) => some.length > 0)).toEqual([])
  },
)

test('the command says so without a stack', async () => {
  const file = await archiveOf(withMore('pg_authid', ['\u001b[2J'], 'mallory\n')(frames))
  const { code, stdout, stderr } = await headwater(['restore', file], {
    variables: { DATABASE_URL: database.url },
  })
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    'headwater: the backup holds a table that no backup of its version has ("pg_authid"): take another\n',
  ])
})
