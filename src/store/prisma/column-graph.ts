import { HeadwaterError } from '../../errors/headwater-error.js'
import type { ColumnRef, Transformation, TypedTransformation } from '../../lineage/columns/column.js'
import type { EdgeScope, Way } from '../../lineage/entities.js'
import type { NodeSet } from '../../lineage/graph/node-set.js'
import type { ColumnGraph, ColumnLink, ColumnOfAsset, ColumnUse } from '../../lineage/walk/column-walk.js'
import type { Nodes } from '../../lineage/walk/graph-reader.js'
import { findAssets } from './asset-queries.js'
import { findKnown } from './column-queries.js'
import type { Session } from './database.js'
import { placeInOrder } from './rows.js'
import { statement } from './statement.js'

/** The most edges of one answer: what all columns of an asset were made from is an edge to each of them. */
const MOST_LINKS = 100_000

const WANTED = 'unnest($1::uuid[], $2::text[]) AS r(asset_id, name)'

/** Puts columns `n` in the order of a walk, the first $4 of them. $3: whether indirect edges count. */
const inOrder = (columns: string) => `SELECT n.asset_id AS "assetId", n.name AS column FROM (${columns}) n
   JOIN asset a ON a.id = n.asset_id ORDER BY a.sort_key, a.namespace, a.key, n.name LIMIT $4`

/** What all columns of an asset were made from is looked up once for it, however many of them are asked about. */
const NEXT: Record<Way, ReturnType<typeof statement>> = {
  UPSTREAM: statement(
    'columns UPSTREAM',
    inOrder(
      `SELECT e.upstream_id AS asset_id, e.upstream_column AS name FROM ${WANTED}
       JOIN column_edge e ON e.asset_id = r.asset_id AND e.column_name = r.name WHERE $3::boolean OR NOT e.is_indirect
       UNION SELECT e.upstream_id, e.upstream_column FROM (SELECT DISTINCT r.asset_id FROM ${WANTED}) w
       JOIN column_edge e ON e.asset_id = w.asset_id AND e.column_name = '' WHERE $3`,
    ),
  ),
  DOWNSTREAM: statement(
    'columns DOWNSTREAM',
    `WITH made AS MATERIALIZED (
       SELECT DISTINCT e.asset_id, e.column_name AS name FROM ${WANTED}
       JOIN column_edge e ON e.upstream_id = r.asset_id AND e.upstream_column = r.name
       WHERE $3::boolean OR NOT e.is_indirect)
     ${inOrder(
       `SELECT asset_id, name FROM made WHERE name <> ''
        UNION SELECT c.asset_id, c.name FROM made m JOIN asset_column c ON c.asset_id = m.asset_id WHERE m.name = ''`,
     )}`,
  ),
}

const FIRST_IN_ORDER = statement(
  'first columns by name',
  `SELECT r.place::int FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(asset_id, name, place)
   JOIN asset a ON a.id = r.asset_id
   WHERE $3::uuid IS NULL OR (a.sort_key, a.namespace, a.key, r.name COLLATE "C") >
     ${placeInOrder('$3', '$4::text')}
   ORDER BY a.sort_key, a.namespace, a.key, r.name COLLATE "C" LIMIT $5`,
)

const EDGE = `e.asset_id AS "assetId", e.column_name AS column, e.upstream_id AS "upstreamId",
  e.upstream_column AS "upstreamColumn", e.is_indirect AS "isIndirect", e.transformations,
  e.first_seen_at AS "firstSeenAt", e.last_seen_at AS "lastSeenAt"`

/**
 * The edges into some columns, and into all columns of their assets. Which of them have both ends in an answer is left to
 * us, as in the graph of assets.
 */
const EDGES = statement(
  'column edges',
  `SELECT ${EDGE} FROM ${WANTED}
   JOIN column_edge e ON e.asset_id = r.asset_id AND e.column_name = r.name WHERE $3::boolean OR NOT e.is_indirect
   UNION ALL
   SELECT ${EDGE} FROM (SELECT DISTINCT r.asset_id FROM ${WANTED}) w
   JOIN column_edge e ON e.asset_id = w.asset_id AND e.column_name = '' WHERE $3`,
)

/** An edge as it is stored. */
interface EdgeRow {
  assetId: string
  /** Empty for all columns of the asset. */
  column: string
  upstreamId: string
  upstreamColumn: string
  isIndirect: boolean
  transformations: string
  firstSeenAt: Date
  lastSeenAt: Date
}

/**
 * Reads the graph of columns by SQL, in one transaction: a statement a ring. Numbers columns as it comes to them.
 * `withIndirect`: whether indirect edges count.
 */
export class SqlColumnGraph implements ColumnGraph {
  readonly withheld = 0
  readonly #refs: ColumnRef[] = []
  readonly #numbers = new Map<string, number>()

  constructor(
    private readonly session: Session,
    private readonly withIndirect: boolean,
  ) {}

  nodeOf({ assetId, column }: ColumnRef): number {
    const known = this.#numbers.get(assetId + column)
    if (known !== undefined) return known
    const number = this.#refs.push({ assetId, column }) - 1
    this.#numbers.set(assetId + column, number)
    return number
  }

  known(ref: ColumnRef): Promise<{ isAssetKnown: boolean; isKnown: boolean }> {
    return findKnown(this.session, ref)
  }

  idsOf(nodes: Nodes): string[] {
    return this.#refsOf(nodes).map(({ assetId, column }) => assetId + column)
  }

  async expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    _scope: EdgeScope,
    _hops: number,
    enough: number,
  ): Promise<Int32Array[]> {
    const rows = await this.session.run<ColumnRef & Record<string, unknown>>(NEXT[way], [
      ...this.#asColumns(frontier),
      this.withIndirect,
      enough,
    ])
    return [Int32Array.from(rows.map((ref) => this.nodeOf(ref)).filter((node) => visited.add(node)))]
  }

  async firstByName(nodes: Nodes, after: ColumnRef | null, count: number): Promise<number[]> {
    if (nodes.length === 0) return []
    const rows = await this.session.run<{ place: number }>(FIRST_IN_ORDER, [
      ...this.#asColumns(nodes),
      after?.assetId ?? null,
      after?.column ?? null,
      count,
    ])
    return rows.flatMap(({ place }) => nodes[place - 1] ?? [])
  }

  async links(nodes: readonly number[], others: readonly number[]): Promise<ColumnLink[]> {
    const all = [...nodes, ...others]
    const rows = await this.session.run<EdgeRow & Record<string, unknown>>(EDGES, [
      ...this.#asColumns(all),
      this.withIndirect,
    ])
    const [own, known] = [new Set(nodes), new Set(all)]
    const ofAsset = this.#byAsset(all)
    const links: ColumnLink[] = []
    for (const { assetId, column, upstreamId, upstreamColumn, ...row } of rows) {
      const upstream = this.nodeOf({ assetId: upstreamId, column: upstreamColumn })
      if (!known.has(upstream)) continue
      const isOfAll = column === ''
      const use = { ...row, isOfAll, transformations: typed(row) }
      const downstreams = isOfAll ? (ofAsset.get(assetId) ?? []) : [this.nodeOf({ assetId, column })]
      for (const downstream of downstreams)
        if (own.has(downstream) || own.has(upstream)) links.push({ ...use, upstream, downstream })
      if (links.length > MOST_LINKS) throw tooManyLinks()
    }
    return links.sort((a, b) => rankOf(a) - rankOf(b))
  }

  async columns(nodes: readonly number[]): Promise<(ColumnOfAsset | null)[]> {
    const refs = this.#refsOf(nodes)
    const ids = [...new Set(refs.map(({ assetId }) => assetId))]
    const assets = new Map((await findAssets(this.session, ids)).map((asset) => [asset?.assetId, asset]))
    return refs.map(({ assetId, column }) => {
      const asset = assets.get(assetId)
      return asset == null ? null : { asset, column }
    })
  }

  #byAsset(nodes: readonly number[]): Map<string, number[]> {
    const byAsset = new Map<string, number[]>()
    for (const node of nodes) {
      const { assetId = '' } = this.#refs[node] ?? {}
      const own = byAsset.get(assetId)
      if (own === undefined) byAsset.set(assetId, [node])
      else own.push(node)
    }
    return byAsset
  }

  #refsOf(nodes: Nodes): ColumnRef[] {
    return Array.from(nodes).flatMap((node) => this.#refs[node] ?? [])
  }

  #asColumns(nodes: Nodes): [assetIds: string[], names: string[]] {
    const refs = this.#refsOf(nodes)
    return [refs.map(({ assetId }) => assetId), refs.map(({ column }) => column)]
  }
}

function typed({
  isIndirect,
  transformations,
}: Pick<EdgeRow, 'isIndirect' | 'transformations'>): TypedTransformation[] {
  const type = isIndirect ? 'INDIRECT' : 'DIRECT'
  return (JSON.parse(transformations) as Transformation[]).map((one) => ({ type, ...one }))
}

/** Of several edges between two columns, in which order they come. */
function rankOf({ isIndirect, isOfAll }: ColumnUse): number {
  return Number(isIndirect) * 2 + Number(isOfAll)
}

function tooManyLinks(): HeadwaterError {
  return new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `expected at most ${MOST_LINKS} edges in one answer, got more: ask for fewer nodes with limit, or without indirect edges`,
  )
}
