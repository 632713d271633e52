import type { Asset } from '../entities.js'
import type { OtherNames } from '../names/asset-names.js'
import type { ExportedEdge, ExportedNode, ExportFormat, PlacedEdge } from './export-format.js'
import type { ExportPlan } from './plan-export.js'

/** Where the rows of assets come from, in the order given. */
export interface AssetSource {
  /** Null where there is none. */
  assets(assetIds: readonly string[]): Promise<(Asset | null)[]>
  otherNames(assetIds: readonly string[]): Promise<OtherNames[]>
}

const NO_NAMES: OtherNames = { first: [], count: 0 }

/** How many nodes, or edges, are fetched and written together. */
const CHUNK = 1_000

/** Texts are handed on from this length on, so that those of a chunk with long texts are not all in memory. */
const LONG = 64 * 1024

/**
 * Writes a planned export, in pieces: each is made when it is asked for, of rows that are fetched then. Rows may be
 * newer than the plan.
 */
export async function* exportRows(
  plan: ExportPlan,
  format: ExportFormat,
  source: AssetSource,
): AsyncGenerator<string> {
  yield* inPieces(textsOf(plan, format, source))
}

/** The texts, chunk by chunk. */
async function* textsOf(
  plan: ExportPlan,
  format: ExportFormat,
  source: AssetSource,
): AsyncGenerator<Iterable<string>> {
  const { nodes, links, stoppedBy, watermark } = plan
  yield [format.head]
  for (let start = 0; start < nodes.count; start += CHUNK) {
    const places = Array.from({ length: Math.min(CHUNK, nodes.count - start) }, (_, at) => start + at)
    yield written((await fetchNodes(plan, format, places, source)).values(), format.node)
  }
  for (const edges of edgesOf(plan)) {
    if (format.edge.by === 'place') yield written(edges, format.edge.write)
    else yield written(await fetchEnds(plan, format, edges, source), format.edge.write)
  }
  const complete = stoppedBy.length === 0
  yield [format.trailer({ nodes: nodes.count, edges: links.count, complete, stoppedBy, watermark })]
}

function* written<Item>(items: Iterable<Item>, write: (item: Item) => string): Generator<string> {
  for (const item of items) yield write(item)
}

/** An edge, with its place among all. */
interface NumberedEdge extends PlacedEdge {
  at: number
}

/** The edges, in chunks. */
function* edgesOf({ links }: ExportPlan): Generator<NumberedEdge[]> {
  const { first, upstream, viaCount, count } = links
  let downstream = 0
  for (let start = 0; start < count; start += CHUNK) {
    const edges: NumberedEdge[] = []
    for (let at = start; at < Math.min(start + CHUNK, count); at++) {
      while ((first[downstream + 1] ?? count) <= at) downstream++
      edges.push({ at, upstream: upstream[at] ?? 0, downstream, viaCount: viaCount[at] ?? 0 })
    }
    yield edges
  }
}

async function fetchEnds(
  plan: ExportPlan,
  format: ExportFormat,
  edges: readonly NumberedEdge[],
  source: AssetSource,
): Promise<ExportedEdge[]> {
  const places = new Set(edges.flatMap(({ upstream, downstream }) => [upstream, downstream]))
  const nodes = await fetchNodes(plan, format, [...places], source)
  const { first } = plan.links
  return edges.flatMap(({ at, viaCount, ...ends }) => {
    const upstream = nodes.get(ends.upstream)
    const downstream = nodes.get(ends.downstream)
    if (upstream === undefined || downstream === undefined) return []
    const isFirst = first[ends.downstream] === at
    const isLast = first[ends.downstream + 1] === at + 1
    return [{ upstream, downstream, viaCount, isFirst, isLast }]
  })
}

/** The nodes at these places. */
async function fetchNodes(
  { nodes, links: { first } }: ExportPlan,
  { hasOtherNames = false }: ExportFormat,
  places: readonly number[],
  source: AssetSource,
): Promise<Map<number, ExportedNode>> {
  const ids = places.map((place) => nodes.idAt(place))
  const [assets, otherNames] = await Promise.all([
    source.assets(ids),
    hasOtherNames ? source.otherNames(ids) : [],
  ])
  return new Map(
    places.map((place, at) => {
      const asset = assets[at]
      // No asset ever goes. An export that lacks one must not look whole.
      if (asset == null) throw new Error(`asset ${nodes.idAt(place)} is in the graph, but has no row`)
      const inputs = (first[place + 1] ?? 0) - (first[place] ?? 0)
      const distance = nodes.distanceAt(place)
      return [place, { asset, otherNames: otherNames[at] ?? NO_NAMES, place, distance, inputs }]
    }),
  )
}

/** Puts texts together. */
async function* inPieces(chunks: AsyncIterable<Iterable<string>>): AsyncGenerator<string> {
  let piece: string[] = []
  let length = 0
  for await (const texts of chunks) {
    for (const text of texts) {
      piece.push(text)
      length += text.length
      if (length < LONG) continue
      yield piece.join('')
      piece = []
      length = 0
    }
  }
  if (length > 0) yield piece.join('')
}
