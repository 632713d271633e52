import { HeadwaterError } from '../../errors/headwater-error.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset, Edge, EdgeScope, LineageEdge, Way } from '../../lineage/entities.js'
import type { AssetName, Degree, GraphReader } from '../../lineage/walk/graph-reader.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, EDGE_COLUMNS } from './rows.js'
import { ENDS, ifCurrent, perScope, perWay, perWayAndScope } from './scopes.js'
import { statement } from './statement.js'
import { parseWatermark, watermarkOf } from './watermark.js'

/** All statements of such a transaction see one state. It cannot fail to serialize, for it only reads. */
export const BEGIN_READING = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** Above this many frontier nodes another hop in the same statement saves less than it costs. */
const NARROW_FRONTIER = 256

const WATERMARK = statement(
  'watermark',
  `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS "nextTransactionId"`,
)

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

const DEGREES = perScope((scope) =>
  statement(
    `degrees ${scope}`,
    `SELECT f.id,
       (SELECT count(*)::int FROM lineage_edge e WHERE e.downstream_id = f.id ${ifCurrent(scope)}) AS upstream,
       (SELECT count(*)::int FROM lineage_edge e WHERE e.upstream_id = f.id ${ifCurrent(scope)}) AS downstream
     FROM unnest($1::uuid[]) f(id)`,
  ),
)

const NAMES = statement(
  'names of a walk',
  `SELECT a.id, a.namespace, a.key FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id`,
)

const LINKS_AMONG = perScope((scope) =>
  statement(
    `links among ${scope}`,
    `SELECT e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId"
     FROM unnest($1::uuid[]) f(id)
     JOIN lineage_edge e ON e.downstream_id = f.id
     JOIN unnest($1::uuid[]) t(id) ON t.id = e.upstream_id
     WHERE true ${ifCurrent(scope)}`,
  ),
)

const edgesFrom = (downstreams: string, upstreams: string, scope: EdgeScope) => `
  SELECT ${EDGE_COLUMNS}
  FROM unnest(${downstreams}::uuid[]) f(id)
  JOIN lineage_edge e ON e.downstream_id = f.id
  JOIN unnest(${upstreams}::uuid[]) t(id) ON t.id = e.upstream_id
  JOIN lineage_edge_stats c ON c.downstream_id = e.downstream_id AND c.upstream_id = e.upstream_id
  WHERE true ${ifCurrent(scope)}`

const EDGES_AMONG = perScope((scope) =>
  statement(
    `edges among ${scope}`,
    `${edgesFrom('$1', '$1', scope)}
     UNION ALL ${edgesFrom('$1', '$2', scope)}
     UNION ALL ${edgesFrom('$2', '$1', scope)}`,
  ),
)

/** Reads the graph by SQL, in one transaction. */
export class SqlGraphReader implements GraphReader {
  private constructor(
    private readonly session: Session,
    readonly watermark: string,
  ) {}

  /** The first statement of the transaction fixes the state that all others see. */
  static async open(session: Session, atLeast: string | null): Promise<SqlGraphReader> {
    const wanted = atLeast === null ? 0n : parseWatermark(atLeast)
    const [row] = await session.run<{ nextTransactionId: string }>(WATERMARK, [])
    const reached = BigInt(row?.nextTransactionId ?? 0)
    if (reached < wanted) {
      throw new HeadwaterError(
        'SERVICE_UNAVAILABLE',
        'atLeast: this database has not reached that watermark; try again shortly',
      )
    }
    return new SqlGraphReader(session, watermarkOf(reached))
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
    const rows = await this.session.run<Degree & { id: string }>(DEGREES[scope], [ids])
    return new Map(rows.map(({ id, upstream, downstream }) => [id, { upstream, downstream }]))
  }

  async names(ids: readonly string[]): Promise<Map<string, AssetName>> {
    const rows = await this.session.run<AssetName & { id: string }>(NAMES, [ids])
    return new Map(rows.map(({ id, ...name }) => [id, name]))
  }

  linksAmong(ids: readonly string[], scope: EdgeScope): Promise<Edge[]> {
    return this.session.run<Edge>(LINKS_AMONG[scope], [ids])
  }

  edgesAmong(ids: readonly string[], others: readonly string[], scope: EdgeScope): Promise<LineageEdge[]> {
    return this.session.run<LineageEdge>(EDGES_AMONG[scope], [ids, others])
  }
}
