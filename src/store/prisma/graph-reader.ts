import { HeadwaterError } from '../../errors/headwater-error.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset, Edge, EdgeScope, Sightings, Way } from '../../lineage/entities.js'
import type { AssetName, Degree, GraphReader } from '../../lineage/walk/graph-reader.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, EDGE_COLUMNS } from './rows.js'
import { ENDS, ifCurrent, perScope, perWay, perWayAndScope } from './scopes.js'
import { statement } from './statement.js'
import { parseWatermark, watermarkOf } from './watermark.js'

/** The same at any place of a transaction that reads one state. */
const NEXT_TRANSACTION = statement(
  'next transaction',
  `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS "nextTransactionId"`,
)

/** Above this many frontier nodes another hop in the same statement saves less than it costs. */
const NARROW_FRONTIER = 256

const ONE_RING = perWayAndScope((way, scope) =>
  statement(
    `one ring ${way} ${scope}`,
    `SELECT DISTINCT e.${ENDS[way].far} AS id
     FROM unnest($1::uuid[]) f(id) JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
     WHERE true ${ifCurrent(scope)}`,
  ),
)

/**
 * Rows come ring by ring, and LIMIT ends the recursion. UNION keeps each (id, hop) once, so that the number of
 * paths does not count, and the bound on hops ends it in a cycle.
 */
const SEVERAL_RINGS = perWay((way) =>
  statement(
    `several rings ${way}`,
    `WITH RECURSIVE reached(id, hop) AS (
       SELECT id, 0 FROM unnest($1::uuid[]) f(id)
       UNION
       SELECT e.${ENDS[way].far}, r.hop + 1
       FROM reached r JOIN lineage_edge e ON e.${ENDS[way].near} = r.id
       WHERE r.hop < $2)
     SELECT id, hop FROM reached LIMIT $3`,
  ),
)

const FIRST_BY_NAME = statement(
  'first by name',
  `SELECT a.id FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id
   WHERE $2::text IS NULL OR (a.sort_key, a.namespace, a.key) > ($2, $3, $4)
   ORDER BY a.sort_key, a.namespace, a.key LIMIT $5`,
)

const ASSETS = statement(
  'assets of a walk',
  `SELECT ${ASSET_COLUMNS}
   FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id JOIN asset_state s ON s.asset_id = a.id`,
)

/**
 * Counted by joining, not node by node: where a few assets have most of the edges, PostgreSQL takes every look-up for
 * one of theirs and reads the whole table for each.
 */
const DEGREES = perScope((scope) => {
  const counts = (way: Way) => `
    SELECT e.${ENDS[way].near} AS id, '${way}' AS way, count(*)::int AS count
    FROM unnest($1::uuid[]) f(id) JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
    WHERE true ${ifCurrent(scope)} GROUP BY e.${ENDS[way].near}`
  return statement(`degrees ${scope}`, `${counts('UPSTREAM')} UNION ALL ${counts('DOWNSTREAM')}`)
})

const NAMES = statement(
  'names of a walk',
  `SELECT a.id, a.namespace, a.key FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id`,
)

/**
 * The edges into, or out of, some assets. Which of them have both ends in an answer is left to us: a second list to
 * join with, of a length that a prepared plan cannot know, has made PostgreSQL look up every pair of the two.
 */
function edgesOf(name: string, columns: string, join: string) {
  return perWayAndScope((way, scope) =>
    statement(
      `${name} ${way} ${scope}`,
      `SELECT ${columns} FROM unnest($1::uuid[]) f(id)
       JOIN lineage_edge e ON e.${ENDS[way].near} = f.id ${join}
       WHERE true ${ifCurrent(scope)}`,
    ),
  )
}

const EDGES = edgesOf('edges', 'e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId"', '')

const SIGHTED_EDGES = edgesOf(
  'sighted edges',
  EDGE_COLUMNS,
  'JOIN lineage_edge_stats c ON c.downstream_id = e.downstream_id AND c.upstream_id = e.upstream_id',
)

/** Reads the graph by SQL, in one transaction. */
export class SqlGraphReader implements GraphReader {
  constructor(private readonly session: Session) {}

  async watermark(): Promise<string> {
    return watermarkOf(await this.#nextTransactionId())
  }

  /** Throws where this state does not reach a watermark. */
  async expect(watermark: string): Promise<void> {
    const wanted = parseWatermark(watermark)
    if ((await this.#nextTransactionId()) >= wanted) return
    throw new HeadwaterError(
      'SERVICE_UNAVAILABLE',
      'atLeast: this database has not reached that watermark; try again shortly',
    )
  }

  async #nextTransactionId(): Promise<bigint> {
    const [row] = await this.session.run<{ nextTransactionId: string }>(NEXT_TRANSACTION, [])
    return BigInt(row?.nextTransactionId ?? 0)
  }

  async rings(
    frontier: readonly string[],
    way: Way,
    scope: EdgeScope,
    hops: number,
    enough: number,
  ): Promise<string[][]> {
    // Which edges are current takes the big tables, and recursive SQL stays on edges alone (docs/storage.md).
    if (scope === 'CURRENT' || hops === 1 || frontier.length > NARROW_FRONTIER) {
      return this.#oneRing(frontier, way, scope)
    }
    const most = frontier.length + 2 * enough + 1_000
    const rows = await this.session.run<{ id: string; hop: number }>(SEVERAL_RINGS[way], [
      frontier,
      hops,
      most,
    ])
    const seen = new Set(frontier)
    const rings: string[][] = Array.from({ length: rows.at(-1)?.hop ?? 0 }, () => [])
    for (const { id, hop } of rows) {
      if (seen.has(id)) continue
      seen.add(id)
      rings[hop - 1]?.push(id)
    }
    const isCut = rows.length === most
    // Where LIMIT has cut, the last ring may lack some; where it has not, only the bound on hops can have ended it.
    if (isCut) rings.pop()
    else if (rings.length < hops) rings.push([])
    return rings.length === 0 ? this.#oneRing(frontier, way, scope) : rings
  }

  async #oneRing(frontier: readonly string[], way: Way, scope: EdgeScope): Promise<string[][]> {
    const rows = await this.session.run<{ id: string }>(ONE_RING[scope][way], [frontier])
    const known = new Set(frontier)
    return [rows.map(({ id }) => id).filter((id) => !known.has(id))]
  }

  async firstByName(ids: readonly string[], after: AssetName | null, count: number): Promise<string[]> {
    const behind = after === null ? [null, null, null] : [sortKeyOf(after), after.namespace, after.key]
    const rows = await this.session.run<{ id: string }>(FIRST_BY_NAME, [ids, ...behind, count])
    return rows.map(({ id }) => id)
  }

  async assets(ids: readonly string[]): Promise<Map<string, Asset>> {
    const rows = await this.session.run<Asset>(ASSETS, [ids])
    return new Map(rows.map((asset) => [asset.assetId, asset]))
  }

  async degrees(ids: readonly string[], scope: EdgeScope): Promise<Map<string, Degree>> {
    const rows = await this.session.run<{ id: string; way: Way; count: number }>(DEGREES[scope], [ids])
    const degrees = new Map(ids.map((id) => [id, { upstream: 0, downstream: 0 }]))
    for (const { id, way, count } of rows) {
      const degree = degrees.get(id)
      if (degree !== undefined) degree[way === 'UPSTREAM' ? 'upstream' : 'downstream'] = count
    }
    return degrees
  }

  async names(ids: readonly string[]): Promise<Map<string, AssetName>> {
    const rows = await this.session.run<AssetName & { id: string }>(NAMES, [ids])
    return new Map(rows.map(({ id, ...name }) => [id, name]))
  }

  async linksAmong(ids: readonly string[], scope: EdgeScope): Promise<Edge[]> {
    return this.edgesAmong(ids, [], scope, false)
  }

  async edgesAmong(
    ids: readonly string[],
    others: readonly string[],
    scope: EdgeScope,
    withSightings: boolean,
  ): Promise<(Edge & Partial<Sightings>)[]> {
    const edges = (withSightings ? SIGHTED_EDGES : EDGES)[scope]
    const isOther = new Set(others)
    const isKnown = new Set([...ids, ...others])
    const [into, outOf] = await Promise.all([
      this.session.run<Edge & Partial<Sightings>>(edges.UPSTREAM, [ids]),
      others.length === 0 ? [] : this.session.run<Edge & Partial<Sightings>>(edges.DOWNSTREAM, [ids]),
    ])
    const among = into.filter(({ upstreamId }) => isKnown.has(upstreamId))
    return [...among, ...outOf.filter(({ downstreamId }) => isOther.has(downstreamId))]
  }
}
