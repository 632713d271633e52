import { LineageDocument } from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print } from '../output.js'
import { ServerError } from '../server-error.js'
import { lineageText } from './lineage-text.js'

/** As the command line gives them. */
export interface WalkOptions extends ServerOptions {
  up?: true
  down?: true
  namespace: string
  depth?: number
  limit: number
  scope: 'all' | 'current'
  json?: true
  after?: string
}

/** Asks for a walk and shows it. */
export async function showWalk(
  key: string,
  { up, down, namespace, depth, limit, scope, json, after, ...server }: WalkOptions,
): Promise<void> {
  const direction = up === down ? 'BOTH' : up === true ? 'UPSTREAM' : 'DOWNSTREAM'
  const variables = {
    root: { key, namespace },
    direction,
    depth,
    limit,
    scope: scope === 'all' ? 'ALL' : 'CURRENT',
    after,
  } as const
  const { lineage } = await new Client(server).request(LineageDocument, variables).catch((error: unknown) => {
    if (!(error instanceof ServerError) || error.code !== 'ASSET_NOT_FOUND') throw error
    throw new CommandError(
      `no asset ${JSON.stringify(key)} is recorded in namespace ${JSON.stringify(namespace)}`,
      { cause: error },
    )
  })
  await print(json === true ? [JSON.stringify(lineage, null, 2)] : lineageText(lineage, direction))
}
