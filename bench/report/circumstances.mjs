import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { postgraphileVersions } from '../servers/postgraphile.mjs'
import { ROOT } from './root.mjs'

const PACKAGES = [
  '@apollo/server',
  'express',
  'graphql',
  'type-graphql',
  '@prisma/client',
  'pg',
  'autocannon',
]

/** What the bench runs on. */
export function machine() {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${memory} GiB; ${process.platform} ${process.arch}`
}

/** The versions of all that takes part. */
export function versions(postgres) {
  return [
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgres}`,
    ...PACKAGES.map((name) => `${name} ${versionOf(name)}`),
    ...(postgraphileVersions() ?? []),
  ].join(', ')
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version
}
