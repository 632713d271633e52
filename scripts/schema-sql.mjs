#!/usr/bin/env node
// Prints the SQL of prisma/schema.prisma: all of it, or with `--since <commit>` what has changed since then, to
// begin a migration with. Needs neither a network nor a database.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openEngine } from './prisma-engine.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The engine asks its database who it is; to compare two schemas it needs no answer. */
function noDatabase() {
  const connection = {
    provider: 'postgres',
    adapterName: 'none',
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
    executeRaw: async () => 0,
    executeScript: async () => undefined,
    dispose: async () => undefined,
  }
  const connect = async () => connection
  return { provider: 'postgres', adapterName: 'none', connect, connectToShadowDb: connect }
}

/** The SQL that turns a database of one schema, or an empty one where that is undefined, into one of another. */
async function sqlBetween(before, after) {
  const source = (content) => ({ tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] })
  const engine = await openEngine(after, noDatabase())
  const { stdout } = await engine.diff({
    from: before === undefined ? { tag: 'empty' } : source(before),
    to: source(after),
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return stdout
}

try {
  const { values } = parseArgs({ options: { since: { type: 'string' }, schema: { type: 'string' } } })
  const show = ['show', `${values.since}:prisma/schema.prisma`]
  const before =
    values.since === undefined ? undefined : execFileSync('git', show, { cwd: root, encoding: 'utf8' })
  const after = readFileSync(values.schema ?? join(root, 'prisma/schema.prisma'), 'utf8')
  process.stdout.write(await sqlBetween(before, after))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
