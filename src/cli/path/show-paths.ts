import { LineagePathsDocument } from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print } from '../output.js'
import { ServerError } from '../server-error.js'
import { pathsText } from './paths-text.js'

/** As the command line gives them. */
export interface PathOptions extends ServerOptions {
  namespace: string
  toNamespace?: string
  limit: number
  maxLength?: number
  scope: 'all' | 'current'
  json?: true
  after?: string
}

/** Asks for the paths from one asset to another and shows them. */
export async function showPaths(
  fromKey: string,
  toKey: string,
  { namespace, toNamespace = namespace, limit, maxLength, scope, json, after, ...server }: PathOptions,
): Promise<void> {
  const from = { key: fromKey, namespace }
  const to = { key: toKey, namespace: toNamespace }
  const variables = {
    from,
    to,
    limit,
    maxLength,
    scope: scope === 'all' ? 'ALL' : 'CURRENT',
    after,
  } as const
  const answer = await new Client(server).request(LineagePathsDocument, variables).catch((error: unknown) => {
    if (!(error instanceof ServerError) || error.code !== 'ASSET_NOT_FOUND') throw error
    const unknown = error.field === 'to' ? to : from
    throw new CommandError(
      `no asset ${JSON.stringify(unknown.key)} is recorded in namespace ${JSON.stringify(unknown.namespace)}`,
      { cause: error },
    )
  })
  const paths = answer.lineagePaths
  await print(json === true ? [JSON.stringify(paths, null, 2)] : pathsText(paths, namespace))
}
