import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../prisma/generated/client.js'
import { readGrants, writtenGrants } from '../../lineage/access/grants.js'
import type { ApiToken, TokenStore } from '../token-store.js'
import { Database, type DatabaseOptions } from './database.js'
import { guarded } from './faults.js'

/** The tokens of a database. */
export function tokensIn(prisma: PrismaClient): TokenStore {
  return {
    create: ({ grants, hash, ...token }) =>
      guarded(
        async () =>
          void (await prisma.apiToken.create({
            data: { ...token, hash: new Uint8Array(hash), grants: writtenGrants(grants) },
          })),
      ),
    find: (prefix) =>
      guarded(async () => {
        const row = await prisma.apiToken.findUnique({ where: { prefix } })
        return row === null ? null : { ...tokenOf(row), hash: row.hash }
      }),
    list: () =>
      guarded(async () =>
        (await prisma.apiToken.findMany({ orderBy: [{ createdAt: 'asc' }, { prefix: 'asc' }] })).map(tokenOf),
      ),
    revoke: (prefix, at) =>
      guarded(async () => {
        await prisma.apiToken.updateMany({ where: { prefix, revokedAt: null }, data: { revokedAt: at } })
        const row = await prisma.apiToken.findUnique({ where: { prefix } })
        return row === null ? null : tokenOf(row)
      }),
    use: (prefix, at) =>
      guarded(
        async () =>
          void (await prisma.$executeRaw`
            UPDATE api_token SET last_used_at = GREATEST(last_used_at, ${at}) WHERE prefix = ${prefix}`),
      ),
  }
}

/** The same, on connections of its own, until it is closed. */
export function openTokens(options: DatabaseOptions): TokenStore & { close(): Promise<void> } {
  const database = new Database(options)
  const prisma = new PrismaClient({ adapter: new PrismaPg(database.pool) })
  return {
    ...tokensIn(prisma),
    close: async () => {
      await prisma.$disconnect()
      await database.close()
    },
  }
}

type Row = Omit<ApiToken, 'grants'> & { grants: unknown; hash: Uint8Array }

function tokenOf({ prefix, name, grants, createdAt, expiresAt, revokedAt, lastUsedAt }: Row): ApiToken {
  // What nobody can read grants nothing.
  return { prefix, name, grants: readGrants(grants) ?? [], createdAt, expiresAt, revokedAt, lastUsedAt }
}
