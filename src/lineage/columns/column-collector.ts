import { compareCodePoints } from '../../util/code-points.js'
import type { MaterializationRef } from '../entities.js'
import {
  type Column,
  type ColumnInput,
  schemaHashOf,
  type Transformation,
  textOfTransformations,
} from './column.js'

/** Every row of columns that a write makes, each list in the order of its key. */
export interface ColumnRows {
  /** Columns that something names. */
  names: readonly { assetId: string; name: string }[]
  schemas: readonly SchemaRow[]
  /** Which schema each materialization has. */
  held: readonly (MaterializationRef & { hash: string })[]
  edges: readonly ColumnEdgeRow[]
}

/** A schema of an asset, and when it was stated last. */
export interface SchemaRow {
  assetId: string
  hash: string
  columns: readonly Column[]
  statedAt: Date
}

/** An edge between columns. */
export interface ColumnEdgeRow {
  assetId: string
  /** Empty for all columns of the asset. */
  column: string
  upstreamId: string
  upstreamColumn: string
  isIndirect: boolean
  /** Canonical JSON: of two said of the same time the greater text counts, here as in the store's upsert. */
  transformations: string
  /** When these transformations were stated. */
  statedAt: Date
  firstSeenAt: Date
  lastSeenAt: Date
}

/** Of a write that says nothing of columns. */
export const NO_COLUMNS: ColumnRows = { names: [], schemas: [], held: [], edges: [] }

/** Gathers the rows of columns of one write, one for each key. */
export class ColumnCollector {
  readonly #names = new Map<string, ColumnRows['names'][number]>()
  readonly #schemas = new Map<string, SchemaRow>()
  readonly #held: ColumnRows['held'][number][] = []
  readonly #edges = new Map<string, ColumnEdgeRow>()
  readonly #texts = new Map<readonly Transformation[], string>()

  /** An asset has these columns, as of a time. */
  state(assetId: string, columns: readonly Column[], at: Date): void {
    const hash = schemaHashOf(columns)
    const known = this.#schemas.get(assetId + hash)
    if (known === undefined) {
      this.#schemas.set(assetId + hash, { assetId, hash, columns, statedAt: at })
      for (const { name } of columns) this.#name(assetId, name)
    } else if (at > known.statedAt) known.statedAt = at
  }

  /** A materialization has these columns, which are stated of its asset too. */
  hold({ assetId, materializationId }: MaterializationRef, columns: readonly Column[]): void {
    this.#held.push({ assetId, materializationId, hash: schemaHashOf(columns) })
  }

  /** Columns of an asset were made from others, from a time to a time; stated then too, unless they say otherwise. */
  see(assetId: string, inputs: readonly ColumnInput[], firstSeenAt: Date, lastSeenAt = firstSeenAt): void {
    for (const { assetId: upstreamId, statedAt = lastSeenAt, ...input } of inputs) {
      const { column, upstreamColumn, isIndirect, transformations } = input
      if (column !== '') this.#name(assetId, column)
      this.#name(upstreamId, upstreamColumn)
      const text = this.#textOf(transformations)
      const key = `${assetId}${column}\u0001${upstreamId}${upstreamColumn}\u0001${isIndirect}`
      const edge = this.#edges.get(key)
      if (edge === undefined) {
        const ends = { assetId, column, upstreamId, upstreamColumn, isIndirect }
        this.#edges.set(key, { ...ends, transformations: text, statedAt, firstSeenAt, lastSeenAt })
        continue
      }
      const age = statedAt.getTime() - edge.statedAt.getTime()
      if (age > 0 || (age === 0 && compareCodePoints(text, edge.transformations) > 0)) {
        edge.transformations = text
        edge.statedAt = statedAt
      }
      if (firstSeenAt < edge.firstSeenAt) edge.firstSeenAt = firstSeenAt
      if (lastSeenAt > edge.lastSeenAt) edge.lastSeenAt = lastSeenAt
    }
  }

  inKeyOrder(): ColumnRows {
    return {
      names: inKeyOrder(this.#names),
      schemas: inKeyOrder(this.#schemas),
      held: this.#held.toSorted((a, b) =>
        a.assetId + a.materializationId < b.assetId + b.materializationId ? -1 : 1,
      ),
      edges: inKeyOrder(this.#edges),
    }
  }

  /** Many columns are used in the same way: then their lists are the same one. */
  #textOf(transformations: readonly Transformation[]): string {
    const text = this.#texts.get(transformations) ?? textOfTransformations(transformations)
    this.#texts.set(transformations, text)
    return text
  }

  #name(assetId: string, name: string): void {
    const key = assetId + name
    if (!this.#names.has(key)) this.#names.set(key, { assetId, name })
  }
}

function inKeyOrder<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
