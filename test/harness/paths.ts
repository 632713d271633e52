import {
  LineagePathsDocument,
  type LineagePathsQuery,
  type LineagePathsQueryVariables,
} from '../../schema/operations.generated.js'
import type { TestServer } from './server.js'

export type PathsAnswer = LineagePathsQuery['lineagePaths']
export type PathsOptions = Omit<LineagePathsQueryVariables, 'from' | 'to'>

/** One answer of `lineagePaths`. */
export async function findPaths(
  server: TestServer,
  from: string,
  to: string,
  options: PathsOptions = {},
): Promise<PathsAnswer> {
  const { lineagePaths } = await server.query(LineagePathsDocument, {
    from: { key: from },
    to: { key: to },
    ...options,
  })
  return lineagePaths
}

/** The answers, each continuing the one before, until one says that there is no more, or there are `most`. */
export async function findPathsOn(
  server: TestServer,
  from: string,
  to: string,
  options: Omit<PathsOptions, 'after'>,
  most = Number.POSITIVE_INFINITY,
): Promise<PathsAnswer[]> {
  const pages = [await findPaths(server, from, to, options)]
  for (;;) {
    const after = pages.at(-1)?.completeness.nextCursor
    if (after == null || pages.length === most) return pages
    pages.push(await findPaths(server, from, to, { ...options, after }))
  }
}

/** `a > b > c` for each path, in the order given. */
export function pathNames({ paths }: PathsAnswer): string[] {
  return paths.map(({ assets }) => assets.map(({ key }) => key).join(' > '))
}
