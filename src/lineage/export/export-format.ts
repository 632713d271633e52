import type { Asset } from '../entities.js'
import type { OtherNames } from '../names/asset-names.js'
import type { StopReason } from '../walk/walk.js'

/** A node of an export. */
export interface ExportedNode {
  asset: Asset
  /** None where the format does not say that it has them. */
  otherNames: OtherNames
  /** In the export, from 0 on. */
  place: number
  /** Least number of hops from the root. */
  distance: number
  /** How many edges of the export lead into it. */
  inputs: number
}

/** An edge of an export, by the places of its ends. */
export interface PlacedEdge {
  upstream: number
  downstream: number
  /** How many hidden assets it stands for. */
  viaCount: number
}

/** An edge of an export, by its ends. All that lead into one asset come one after another. */
export interface ExportedEdge {
  upstream: ExportedNode
  downstream: ExportedNode
  viaCount: number
  /** Whether it is the first, and the last, of the edges into its downstream end. */
  isFirst: boolean
  isLast: boolean
}

/** What ends a whole export: whoever does not find it has a part of one. */
export interface ExportTrailer {
  nodes: number
  edges: number
  /** Whether this is everything; `stoppedBy` says why not. */
  complete: boolean
  stoppedBy: readonly StopReason[]
  /** Of the state of the graph that was exported. */
  watermark: string
}

/** Writes an export: the head, all nodes, all edges, the trailer. */
export interface ExportFormat {
  contentType: string
  extension: string
  /** Whether it writes the other names of assets, which cost a statement more. */
  hasOtherNames?: boolean
  head: string
  node(node: ExportedNode): string
  /** Edges by the places of their ends where that is enough: rows of assets cost statements. */
  edge: { by: 'place'; write(edge: PlacedEdge): string } | { by: 'asset'; write(edge: ExportedEdge): string }
  trailer(trailer: ExportTrailer): string
}

/** The trailer for formats that are read by people, as a comment: `trailer nodes=2 edges=1 complete=true …`. */
export function trailerText({ nodes, edges, complete, stoppedBy, watermark }: ExportTrailer): string {
  return `trailer nodes=${nodes} edges=${edges} complete=${complete} stoppedBy=${stoppedBy.join(',')} watermark=${watermark}`
}
