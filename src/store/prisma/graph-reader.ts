import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset, Edge, EdgeScope, Sightings, Way } from '../../lineage/entities.js'
import type { NodeSet } from '../../lineage/graph/node-set.js'
import type { AssetName, Degree, GraphReader, Link, Nodes } from '../../lineage/walk/graph-reader.js'
import type { Session } from './database.js'
import { ENDS, ifCurrent, perScope, perWay, perWayAndScope } from './scopes.js'
import { statement } from './statement.js'
import { packUuids } from './uuid-array.js'
import { findAssetsInOrder, findSightings } from './walk-rows.js'
import { notReached, parseWatermark, watermarkOf } from './watermark.js'

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

/**
 * The edges into, or out of, some assets. Which of them have both ends in an answer is left to us: a second list to
 * join with, of a length that a prepared plan cannot know, has made PostgreSQL look up every pair of the two.
 */
const EDGES = perWayAndScope((way, scope) =>
  statement(
    `edges ${way} ${scope}`,
    `SELECT e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId" FROM unnest($1::uuid[]) f(id)
     JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
     WHERE true ${ifCurrent(scope)}`,
  ),
)

/** Reads the graph by SQL, in one transaction. Numbers assets as it comes to them. */
export class SqlGraphReader implements GraphReader {
  readonly #ids: string[] = []
  readonly #numbers = new Map<string, number>()

  constructor(private readonly session: Session) {}

  async watermark(): Promise<string> {
    return watermarkOf(await this.#nextTransactionId())
  }

  /** Throws where this state does not reach a watermark. */
  async expect(watermark: string): Promise<void> {
    const wanted = parseWatermark(watermark)
    if ((await this.#nextTransactionId()) < wanted) throw notReached()
  }

  async #nextTransactionId(): Promise<bigint> {
    const [row] = await this.session.run<{ nextTransactionId: string }>(NEXT_TRANSACTION, [])
    return BigInt(row?.nextTransactionId ?? 0)
  }

  /** Whether there is such an asset shows where its row is read: asking for it now would cost a round trip. */
  async nodeOf(assetId: string): Promise<number> {
    return this.#numberOf(assetId)
  }

  idsOf(nodes: Nodes): string[] {
    return Array.from(nodes, (node) => this.#ids[node] ?? '')
  }

  async expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    scope: EdgeScope,
    hops: number,
    enough: number,
  ): Promise<Int32Array[]> {
    // Which edges are current takes the big tables, and recursive SQL stays on edges alone (docs/storage.md).
    if (scope === 'CURRENT' || hops === 1 || frontier.length > NARROW_FRONTIER) {
      return this.#oneRing(frontier, visited, way, scope)
    }
    const most = frontier.length + 2 * enough + 1_000
    const rows = await this.session.run<{ id: string; hop: number }>(SEVERAL_RINGS[way], [
      this.idsOf(frontier),
      hops,
      most,
    ])
    const isCut = rows.length === most
    const reached = rows.at(-1)?.hop ?? 0
    // Where LIMIT has cut, the last ring may lack some; where it has not, only the bound on hops can have ended it.
    const whole = isCut ? reached - 1 : Math.min(reached + 1, hops)
    if (whole <= 0) return this.#oneRing(frontier, visited, way, scope)
    const rings: number[][] = Array.from({ length: whole }, () => [])
    for (const { id, hop } of rows) {
      const node = this.#numberOf(id)
      if (hop <= whole && visited.add(node)) rings[hop - 1]?.push(node)
    }
    return upToTheEnd(rings.map((ring) => Int32Array.from(ring)))
  }

  async #oneRing(frontier: Int32Array, visited: NodeSet, way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    const rows = await this.session.run<{ id: string }>(ONE_RING[scope][way], [this.idsOf(frontier)])
    return [Int32Array.from(rows.map(({ id }) => this.#numberOf(id)).filter((node) => visited.add(node)))]
  }

  async firstByName(nodes: Nodes, after: AssetName | null, count: number): Promise<number[]> {
    const behind = after === null ? [null, null, null] : [sortKeyOf(after), after.namespace, after.key]
    const rows = await this.session.run<{ id: string }>(FIRST_BY_NAME, [this.idsOf(nodes), ...behind, count])
    return rows.map(({ id }) => this.#numberOf(id))
  }

  async degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]> {
    const ids = this.idsOf(nodes)
    const rows = await this.session.run<{ id: string; way: Way; count: number }>(DEGREES[scope], [ids])
    const degrees = new Map(ids.map((id) => [id, { upstream: 0, downstream: 0 }]))
    for (const { id, way, count } of rows) {
      const degree = degrees.get(id)
      if (degree !== undefined) degree[way === 'UPSTREAM' ? 'upstream' : 'downstream'] = count
    }
    return [...degrees.values()]
  }

  async links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<Link[]> {
    const isOther = new Set(others)
    const isKnown = new Set([...nodes, ...others])
    const ids = this.idsOf(nodes)
    const [into, outOf] = await Promise.all([
      this.session.run<Edge>(EDGES[scope].UPSTREAM, [ids]),
      others.length === 0 ? [] : this.session.run<Edge>(EDGES[scope].DOWNSTREAM, [ids]),
    ])
    const linkOf = ({ upstreamId, downstreamId }: Edge) => ({
      upstream: this.#numberOf(upstreamId),
      downstream: this.#numberOf(downstreamId),
    })
    return [
      ...into.map(linkOf).filter(({ upstream }) => isKnown.has(upstream)),
      ...outOf.map(linkOf).filter(({ downstream }) => isOther.has(downstream)),
    ]
  }

  async assets(nodes: readonly number[]): Promise<(Asset | null)[]> {
    return findAssetsInOrder(this.session, packUuids(this.idsOf(nodes)))
  }

  sightings(links: readonly Link[]): Promise<(Sightings | null)[]> {
    const upstreamIds = this.idsOf(links.map(({ upstream }) => upstream))
    const downstreamIds = this.idsOf(links.map(({ downstream }) => downstream))
    return findSightings(this.session, upstreamIds, downstreamIds)
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#ids.push(id) - 1
    this.#numbers.set(id, number)
    return number
  }
}

/** Recursion goes on from what was visited before, so empty rings may come behind the one that ends a walk. */
function upToTheEnd(rings: Int32Array[]): Int32Array[] {
  const end = rings.findIndex((ring) => ring.length === 0)
  return end < 0 ? rings : rings.slice(0, end + 1)
}
