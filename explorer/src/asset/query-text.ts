import { type AssetSearch, FIRST_LIMIT, type NameParts } from './search.js'

const ASSET = 'namespace key kind retiredAt staleness { status }'
const ENDS = 'upstream { namespace key } downstream { namespace key } viaCount'
const WALK = `{
    nodes { asset { ${ASSET} } distance hiddenUpstream hiddenDownstream }
    edges { ${ENDS} }
    backEdges { ${ENDS} }
    completeness { complete stoppedBy nextCursor }
    watermark
  }`

/** The GraphQL query that answers with what an address shows. */
export function queryText(search: AssetSearch): string {
  const { namespace, key, direction, depth, limit = FIRST_LIMIT, opened = [], asOf, since, from, to } = search
  const when = [
    asOf === undefined ? '' : `, asOf: ${quoted(asOf)}`,
    since === undefined ? '' : ', scope: CURRENT',
  ].join('')
  const root = refOf([namespace, key])
  const most = Math.min(limit, 10_000)
  const fields = [
    `lineage(root: ${root}, direction: ${direction}, depth: ${depth}, limit: ${most}${when}) ${WALK}`,
    ...opened.map(
      ([way, ...name], at) =>
        `opened${at + 1}: lineage(root: ${refOf(name)}, direction: ${way.toUpperCase()}, depth: 1${when}) ${WALK}`,
    ),
  ]
  if (since !== undefined && asOf !== undefined)
    fields.push(`lineageDiff(root: ${root}, direction: ${direction}, depth: ${depth}, from: ${quoted(since)}, to: ${quoted(asOf)}) {
    addedNodes { ${ASSET} }
    removedNodes { ${ASSET} }
    addedEdges { ${ENDS} }
    removedEdges { ${ENDS} }
    completeness { complete stoppedBy }
  }`)
  if (from !== undefined && to !== undefined)
    fields.push(`lineagePaths(from: ${refOf(from)}, to: ${refOf(to)}, limit: 1${asOf === undefined ? '' : `, asOf: ${quoted(asOf)}`}) {
    paths { length assets { ${ASSET} } }
  }`)
  return `{\n  ${fields.join('\n  ')}\n}\n`
}

/** JSON's strings are GraphQL's. */
const quoted = (text: string) => JSON.stringify(text)
const refOf = ([namespace, key]: NameParts) => `{ namespace: ${quoted(namespace)}, key: ${quoted(key)} }`
