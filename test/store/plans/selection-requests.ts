import { LATE, MIDDLE, query, type Request } from './request.js'
import { keyAt } from './seed.js'

const SELECTED = 'its text is that of the selection'
const selecting = (name: string, text: string, uses: readonly string[]): Request =>
  query(name, text, { because: SELECTED, uses })

/** Selections and searches. */
export const SELECTION_REQUESTS: readonly Request[] = [
  ...(
    [
      [`"${MIDDLE}"`, ['asset_key_idx']],
      ['key:"*set-12345*"', ['asset_key_idx']],
      ['namespace:default and key:"stage-7/dataset-10000*"', ['asset_key_idx']],
      ['tag:team', ['asset_tags_idx']],
      ['tag:team=ocr or tag:tier=1', ['asset_tags_idx']],
      ['owner:me', ['asset_owners_idx']],
    ] as const
  ).flatMap(([selection, uses]) => [
    selecting(
      `listed: ${selection}`,
      `{ assets(selection: ${JSON.stringify(selection)}) { nodes { id } totalCount } }`,
      uses,
    ),
    selecting(
      `walked: ${selection}`,
      `{ assets(selection: ${JSON.stringify(`${selection} or 1+(${selection})`)}) { nodes { id } totalCount } }`,
      uses,
    ),
  ]),
  // A list of them goes by name, where PostgreSQL expects so many that it soon has a page.
  selecting('walked: kind:rare', '{ assets(selection: "kind:rare or 1+kind:rare") { totalCount } }', [
    'asset_state_kind_idx',
    'asset_state_kinds_idx',
  ]),
  selecting('all assets selected', '{ assets(selection: "*") { nodes { id } } }', ['asset_sort_key_idx']),
  selecting(
    'what another asset was not made from',
    `{ assets(selection: ${JSON.stringify(`not 1+"${LATE}"`)}, first: 1) { totalCount } }`,
    ['asset_key_idx'],
  ),
  selecting(
    'the lineage of a selection',
    `{ lineageOfSelection(selection: ${JSON.stringify(`2+"${MIDDLE}"+1 and status:stale`)}, contract: true) { nodes { hiddenUpstream } edges { viaCount lastSeenAt } } }`,
    ['asset_key_idx'],
  ),
  ...['dataset-12345', 'stage', 'dataste 77', 'd', 'nothing'].flatMap((text) => [
    query(`a search: ${text}`, `{ searchAssets(query: "${text}") { complete hits { asset { id } } } }`),
    query(
      `a search in a namespace: ${text}`,
      `{ searchAssets(query: "${text}", namespace: "default", kinds: ["json"]) { complete } }`,
    ),
  ]),
  {
    name: 'assets that cannot be searched yet',
    isLarge: true,
    send: async (server) => {
      await server.database.sql(
        `DELETE FROM asset_search WHERE asset_id = (SELECT id FROM asset WHERE key = '${keyAt(4)}')`,
      )
      await server.seeDatabase('anew')
    },
  },
]
