import type pg from 'pg'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset, Edge, EdgeScope, Sightings, Way } from '../../lineage/entities.js'
import type { NodeSet } from '../../lineage/graph/node-set.js'
import { readUuid, UUID_BYTES } from '../../lineage/graph/uuid-bytes.js'
import { encodeWatermark, parseWatermark } from '../../lineage/live/watermark.js'
import type { OtherNames } from '../../lineage/names/asset-names.js'
import type {
  AssetName,
  Degree,
  GraphReader,
  Link,
  LinkPiece,
  Nodes,
  Tally,
} from '../../lineage/walk/graph-reader.js'
import { findCanonicalIds, findNames } from './asset-names.js'
import type { Session } from './database.js'
import { findOtherNames } from './other-names.js'
import {
  BEFORE_ALL_EDGES,
  ENDS,
  ifInScope,
  perScope,
  perTense,
  perWay,
  perWayAndScope,
  type Tense,
} from './scopes.js'
import { statement } from './statement.js'
import { packUuids, uuidArray } from './uuid-array.js'
import { findAssetsInOrder, findSightings, findSightingsAt, tallyAssets } from './walk-rows.js'
import { notReached, readSnapshot, watermarkOf, xmaxOf } from './watermark.js'

/** Above this many frontier nodes another hop in the same statement saves less than it costs. */
const NARROW_FRONTIER = 256

const ONE_RING = perTense('$2', (suffix, time) =>
  perWayAndScope((way, scope) =>
    statement(
      `one ring ${way} ${scope}${suffix}`,
      `SELECT DISTINCT e.${ENDS[way].far} AS id
       FROM unnest($1::uuid[]) f(id) JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
       WHERE true ${ifInScope(scope, time)}`,
    ),
  ),
)

/**
 * Rows come ring by ring, and LIMIT ends the recursion. UNION keeps each (id, hop) once, so that the number of
 * paths does not count, and the bound on hops ends it in a cycle.
 */
const SEVERAL_RINGS = perTense('$4', (suffix, time) =>
  perWay((way) =>
    statement(
      `several rings ${way}${suffix}`,
      `WITH RECURSIVE reached(id, hop) AS (
         SELECT id, 0 FROM unnest($1::uuid[]) f(id)
         UNION
         SELECT e.${ENDS[way].far}, r.hop + 1
         FROM reached r JOIN lineage_edge e ON e.${ENDS[way].near} = r.id
         WHERE r.hop < $2 ${ifInScope('ALL', time)})
       SELECT id, hop FROM reached LIMIT $3`,
    ),
  ),
)

const ALL_ASSETS = statement('all assets', 'SELECT id FROM asset ORDER BY id LIMIT $1')

const ALL_SEEN = statement(
  'all assets SEEN',
  'SELECT id FROM asset WHERE namespace = ANY($2::text[]) ORDER BY id LIMIT $1',
)

/**
 * Looked up before they are ordered: for the first few of very many PostgreSQL would go through all assets by name, and
 * compare each with every one of the list.
 */
const FIRST_BY_NAME = statement(
  'first by name',
  `WITH named AS MATERIALIZED (
     SELECT a.id, a.sort_key, a.namespace, a.key FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id)
   SELECT id FROM named WHERE $2::text IS NULL OR (sort_key, namespace, key) > ($2, $3, $4)
   ORDER BY sort_key, namespace, key LIMIT $5`,
)

/**
 * Counted by joining, not node by node: where a few assets have most of the edges, PostgreSQL takes every look-up for
 * one of theirs and reads the whole table for each.
 */
const DEGREES = perTense('$2', (suffix, time) =>
  perScope((scope) => {
    const counts = (way: Way) => `
      SELECT e.${ENDS[way].near} AS id, '${way}' AS way, count(*)::int AS count
      FROM unnest($1::uuid[]) f(id) JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
      WHERE true ${ifInScope(scope, time)} GROUP BY e.${ENDS[way].near}`
    return statement(`degrees ${scope}${suffix}`, `${counts('UPSTREAM')} UNION ALL ${counts('DOWNSTREAM')}`)
  }),
)

/**
 * The edges into, or out of, some assets. Which of them have both ends in an answer is left to us: a second list to
 * join with, of a length that a prepared plan cannot know, has made PostgreSQL look up every pair of the two.
 */
const EDGES = perTense('$2', (suffix, time) =>
  perWayAndScope((way, scope) =>
    statement(
      `edges ${way} ${scope}${suffix}`,
      `SELECT e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId" FROM unnest($1::uuid[]) f(id)
       JOIN lineage_edge e ON e.${ENDS[way].near} = f.id
       WHERE true ${ifInScope(scope, time)}`,
    ),
  ),
)

const NEXT_EDGES = statement(
  'next edges',
  `SELECT e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId" FROM lineage_edge e
   WHERE (e.downstream_id, e.upstream_id) > ($1, $2) ORDER BY e.downstream_id, e.upstream_id LIMIT $3`,
)

/** How many edges of all come with one statement: what is taken in at once without holding up others. */
const PIECE = 10_000

const OF_NAMESPACES = statement(
  'assets of namespaces',
  `SELECT a.id FROM unnest($1::uuid[]) f(id) JOIN asset a ON a.id = f.id WHERE a.namespace = ANY($2::text[])`,
)

/** An asset is known from when it was made, was used, or this server heard of it: whichever was first. */
const KNOWN_AT = statement(
  'known as of',
  `SELECT a.id FROM asset a
   WHERE a.id = $1 AND (a.created_at <= $2
     OR (SELECT m.materialized_at FROM materialization m WHERE m.asset_id = a.id
         ORDER BY m.materialized_at, m.id LIMIT 1) <= $2
     OR EXISTS (SELECT FROM lineage_edge e JOIN lineage_edge_stats c
                ON c.downstream_id = e.downstream_id AND c.upstream_id = e.upstream_id
                WHERE e.upstream_id = a.id AND c.first_seen_at <= $2)
     OR EXISTS (SELECT FROM lineage_edge_stats c WHERE c.downstream_id = a.id AND c.first_seen_at <= $2))`,
)

/**
 * Reads the graph by SQL, in one transaction: as it is or, `asOf` a time, as it was by then. Numbers assets as it comes
 * to them.
 */
export class SqlGraphReader implements GraphReader {
  readonly withheld = 0
  readonly #ids: string[]
  readonly #numbers: Map<string, number>
  readonly #tense: Tense
  /** The last parameter of statements about a time. */
  readonly #time: readonly Date[]

  constructor(
    private readonly session: Session,
    private readonly asOf: Date | null = null,
    /** A reader of the same transaction, which is to give assets the same numbers. */
    beside?: SqlGraphReader,
  ) {
    this.#ids = beside === undefined ? [] : beside.#ids
    this.#numbers = beside === undefined ? new Map() : beside.#numbers
    this.#tense = asOf === null ? 'IS' : 'WAS'
    this.#time = asOf === null ? [] : [asOf]
  }

  async watermark(): Promise<string> {
    return encodeWatermark(watermarkOf(await readSnapshot(this.session)))
  }

  /** Throws where this state does not reach a watermark. */
  async expect(watermark: string): Promise<void> {
    const { next } = parseWatermark('atLeast', watermark)
    if (xmaxOf(await readSnapshot(this.session)) < next) throw notReached()
  }

  /** Whether there is such an asset now shows where its row is read: asking for it would cost a round trip. */
  async nodeOf(assetId: string): Promise<number | undefined> {
    const [id = assetId] = await findCanonicalIds(this.session, [assetId])
    if (this.asOf === null) return this.#numberOf(id)
    const known = await this.session.run(KNOWN_AT, [id, this.asOf])
    return known.length === 0 ? undefined : this.#numberOf(id)
  }

  async nodesAt(ids: Uint8Array): Promise<Int32Array> {
    return Int32Array.from({ length: ids.length / UUID_BYTES }, (_, place) =>
      this.#numberOf(readUuid(ids, UUID_BYTES * place)),
    )
  }

  async allNodes(most: number, namespaces: readonly string[] | null): Promise<Int32Array> {
    const rows = await (namespaces === null
      ? this.session.run<{ id: string }>(ALL_ASSETS, [most])
      : this.session.run<{ id: string }>(ALL_SEEN, [most, namespaces]))
    return Int32Array.from(rows, ({ id }) => this.#numberOf(id))
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
    const rows = await this.session.run<{ id: string; hop: number }>(SEVERAL_RINGS[this.#tense][way], [
      this.idsOf(frontier),
      hops,
      most,
      ...this.#time,
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
    const rows = await this.session.run<{ id: string }>(ONE_RING[this.#tense][scope][way], [
      this.idsOf(frontier),
      ...this.#time,
    ])
    return [Int32Array.from(rows.map(({ id }) => this.#numberOf(id)).filter((node) => visited.add(node)))]
  }

  async firstByName(nodes: Nodes, after: AssetName | null, count: number): Promise<number[]> {
    const behind = after === null ? [null, null, null] : [sortKeyOf(after), after.namespace, after.key]
    const rows = await this.session.run<{ id: string }>(FIRST_BY_NAME, [this.idsOf(nodes), ...behind, count])
    return rows.map(({ id }) => this.#numberOf(id))
  }

  async degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]> {
    const ids = this.idsOf(nodes)
    const rows = await this.session.run<{ id: string; way: Way; count: number }>(
      DEGREES[this.#tense][scope],
      [ids, ...this.#time],
    )
    const degrees = new Map(ids.map((id) => [id, { upstream: 0, downstream: 0 }]))
    for (const { id, way, count } of rows) {
      const degree = degrees.get(id)
      if (degree !== undefined) degree[way === 'UPSTREAM' ? 'upstream' : 'downstream'] = count
    }
    return [...degrees.values()]
  }

  async neighboursOf(nodes: readonly number[], way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    const found = new Map(nodes.map((node): [number, number[]] => [node, []]))
    const rows = await this.session.run<Edge>(EDGES[this.#tense][scope][way], [
      this.idsOf(nodes),
      ...this.#time,
    ])
    for (const { upstreamId, downstreamId } of rows) {
      const [near, far] = way === 'UPSTREAM' ? [downstreamId, upstreamId] : [upstreamId, downstreamId]
      found.get(this.#numberOf(near))?.push(this.#numberOf(far))
    }
    return nodes.map((node) => Int32Array.from(found.get(node) ?? []))
  }

  async links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<Link[]> {
    const isOther = new Set(others)
    const isKnown = new Set([...nodes, ...others])
    const ids = this.idsOf(nodes)
    const edges = EDGES[this.#tense][scope]
    const [into, outOf] = await Promise.all([
      this.session.run<Edge>(edges.UPSTREAM, [ids, ...this.#time]),
      others.length === 0 ? [] : this.session.run<Edge>(edges.DOWNSTREAM, [ids, ...this.#time]),
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

  async *allLinks(): AsyncGenerator<LinkPiece> {
    let last: Edge = BEFORE_ALL_EDGES
    for (;;) {
      const edges = await this.session.run<Edge & pg.QueryResultRow>(NEXT_EDGES, [
        last.downstreamId,
        last.upstreamId,
        PIECE,
      ])
      yield {
        upstreams: Int32Array.from(edges, ({ upstreamId }) => this.#numberOf(upstreamId)),
        downstreams: Int32Array.from(edges, ({ downstreamId }) => this.#numberOf(downstreamId)),
      }
      const end = edges.at(-1)
      if (end === undefined || edges.length < PIECE) return
      last = end
    }
  }

  async ofNamespaces(nodes: Nodes, namespaces: readonly string[]): Promise<number[]> {
    const ids = uuidArray(packUuids(this.idsOf(nodes)))
    const rows = await this.session.run<{ id: string }>(OF_NAMESPACES, [ids, namespaces])
    return rows.map(({ id }) => this.#numberOf(id))
  }

  async nameOf(assetId: string): Promise<AssetName | null> {
    return (await findNames(this.session, [assetId]))[0] ?? null
  }

  async assets(nodes: readonly number[]): Promise<(Asset | null)[]> {
    return findAssetsInOrder(this.session, packUuids(this.idsOf(nodes)))
  }

  otherNames(nodes: readonly number[], namespaces: readonly string[] | null): Promise<OtherNames[]> {
    return findOtherNames(this.session, this.idsOf(nodes), namespaces)
  }

  tally(nodes: Nodes): Promise<Tally[]> {
    return tallyAssets(this.session, packUuids(this.idsOf(nodes)))
  }

  sightings(links: readonly Link[]): Promise<(Sightings | null)[]> {
    const upstreamIds = this.idsOf(links.map(({ upstream }) => upstream))
    const downstreamIds = this.idsOf(links.map(({ downstream }) => downstream))
    return this.asOf === null
      ? findSightings(this.session, upstreamIds, downstreamIds)
      : findSightingsAt(this.session, upstreamIds, downstreamIds, this.asOf)
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
