import { Kind, OperationTypeNode, parse } from 'graphql'

/**
 * What is wrong with a subscription whose field may be left out: graphql-js throws of such a document where it should
 * say so, and Apollo Server takes that for an error of the server. Null for all others. `tokens`: the most that are read.
 */
export function leftOutRoot(query: unknown, tokens: number): string | null {
  // Few documents have both, and only those are read here.
  if (typeof query !== 'string' || !/\bsubscription\b/.test(query) || !/@(skip|include)\b/.test(query))
    return null
  const definitions = parsed(query, tokens)
  for (const one of definitions) {
    if (one.kind !== Kind.OPERATION_DEFINITION || one.operation !== OperationTypeNode.SUBSCRIPTION) continue
    if (!one.selectionSet.selections.some(({ directives = [] }) => directives.length > 0)) continue
    return 'expected no directive where a subscription names its field, got one: leave @skip and @include out, or put them below'
  }
  return null
}

/** What cannot be read is refused where it is read in earnest. */
function parsed(query: string, maxTokens: number) {
  try {
    return parse(query, { maxTokens, noLocation: true }).definitions
  } catch {
    return []
  }
}
