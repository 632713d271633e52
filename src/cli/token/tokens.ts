import { readConfig } from '../../server/config.js'
import { createLogger } from '../../server/logger.js'
import { type ManagedTokens, manageTokens } from '../../server/manage-tokens.js'
import type { WhereNone } from '../../server/provide-database.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'

/** As the command line gives them. */
export interface CreateTokenOptions {
  name: string
  scope: readonly string[]
  namespace?: readonly string[]
  allNamespaces?: true
  reads?: readonly string[]
  /** In ms. */
  expires?: number
  json?: true
}

type Listed = Awaited<ReturnType<ManagedTokens['list']>>[number]

/** Makes a token and shows it. */
export async function createToken(options: CreateTokenOptions): Promise<void> {
  const { name, scope, namespace = null, reads = [], expires, json } = options
  const namespaces = namespace === null ? null : [...new Set(namespace)]
  const grants = [
    ...[...new Set(scope)].map((one) => ({ scope: scopeOf(one), namespaces })),
    ...(reads.length === 0 ? [] : [{ scope: 'READ' as const, namespaces: [...new Set(reads)] }]),
  ]
  const expiresAt = expires === undefined ? null : new Date(Date.now() + expires)
  const { text, prefix, database } = await managing('make one', async (tokens) => ({
    ...(await tokens.create({ name, grants, expiresAt })),
    database: tokens.description,
  }))
  if (json === true)
    return print([JSON.stringify({ token: text, prefix, name, grants, expiresAt, database }, null, 2)])
  tell(
    `token ${prefix} (${name}): ${grants.map(grantText).join('; ')}; ${untilText(expiresAt)}; in ${database}; it is shown this once`,
  )
  await print([text])
}

/** Prints what is kept of every token. */
export async function listTokens({ json }: { json?: true }): Promise<void> {
  const listed = await managing('refuse', (tokens) => tokens.list())
  await print(json === true ? [JSON.stringify(listed, null, 2)] : listed.map(lineOf))
}

/** Has a token count no more, and says so. */
export async function revokeToken(prefix: string): Promise<void> {
  const token = await managing('refuse', (tokens) => tokens.revoke(prefix))
  if (token === null) throw new CommandError(`no token ${prefix} is known: see \`headwater token list\``)
  await print([
    `revoked ${prefix} (${token.name}): ${token.revokedAt?.toISOString()}; servers know it within 5 seconds`,
  ])
}

function managing<T>(whereNone: WhereNone, work: (tokens: ManagedTokens) => Promise<T>): Promise<T> {
  const config = readConfig(process.env)
  return manageTokens(config, createLogger(config), whereNone, work)
}

function scopeOf(text: string): Listed['grants'][number]['scope'] {
  if (text === 'read') return 'READ'
  return text === 'record' ? 'RECORD' : 'ADMIN'
}

function lineOf({ prefix, name, grants, createdAt, expiresAt, revokedAt, lastUsedAt }: Listed): string {
  const state = revokedAt === null ? untilText(expiresAt) : `revoked ${revokedAt.toISOString()}`
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`
  return [
    prefix,
    name,
    grants.map(grantText).join('; '),
    `made ${createdAt.toISOString()}`,
    state,
    used,
  ].join('  ')
}

function grantText({ scope, namespaces }: Listed['grants'][number]): string {
  return `${scope.toLowerCase()} in ${namespaces === null ? 'all namespaces' : namespaces.join(', ')}`
}

function untilText(expiresAt: Date | null): string {
  if (expiresAt === null) return 'never expires'
  return `${expiresAt.getTime() <= Date.now() ? 'expired' : 'expires'} ${expiresAt.toISOString()}`
}
