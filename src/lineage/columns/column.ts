import { createHash } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'
import type { AssetRef } from '../asset-ref.js'

/** One column of a schema, which is a list of them in their order. Of a nested one the name is the path, with dots. */
export interface Column {
  name: string
  type: string | null
  description: string | null
}

/** Names a column. */
export interface ColumnRef {
  assetId: string
  column: string
}

/** How a column was used. */
export interface Transformation {
  subtype: string | null
  description: string | null
  /** Whether the value cannot be told any more from what came of it. */
  masking: boolean
}

/** DIRECT: by its value. INDIRECT: by what it decided, e.g. as a filter or in a join. */
export type TransformationType = 'DIRECT' | 'INDIRECT'

/** A transformation as it is stated, and answered with. */
export type TypedTransformation = Transformation & { type: TransformationType }

/** What a column, or all columns, of something was made from. */
export interface ColumnInput {
  /** Of what was made; empty for all of its columns. */
  column: string
  asset: AssetRef
  assetId: string
  upstreamColumn: string
  isIndirect: boolean
  /** Each once, in no order that means anything. */
  transformations: readonly Transformation[]
  /** When these were stated, where that is not when it was made. */
  statedAt?: Date
}

/** An input of a column as it was stated, before direct and indirect uses are told apart. */
export type StatedColumnInput = Omit<ColumnInput, 'isIndirect' | 'transformations' | 'statedAt'> & {
  transformations: readonly TypedTransformation[]
}

/**
 * One input for direct uses, one for indirect ones. Without any transformation the use is direct; of all columns
 * together every use is indirect.
 */
export function byDirectness<Input extends Omit<StatedColumnInput, 'assetId'>>({
  transformations,
  ...input
}: Input): (Omit<Input, 'transformations'> & Pick<ColumnInput, 'isIndirect' | 'transformations'>)[] {
  const isOfAll = input.column === ''
  const of = (isIndirect: boolean) => ({
    ...input,
    isIndirect,
    transformations: transformations
      .filter(({ type }) => isOfAll || (type === 'INDIRECT') === isIndirect)
      .map(({ type: _, ...transformation }) => transformation),
  })
  if (isOfAll) return [of(true)]
  const indirect = transformations.some(({ type }) => type === 'INDIRECT') ? [of(true)] : []
  const isDirect = transformations.length === 0 || transformations.some(({ type }) => type === 'DIRECT')
  return isDirect ? [of(false), ...indirect] : indirect
}

/** Equal lists of transformations, in whatever order, have equal texts. */
export function textOfTransformations(transformations: readonly Transformation[]): string {
  return `[${[...new Set(transformations.map(canonicalJson))].sort().join(',')}]`
}

const hashes = new WeakMap<readonly Column[], string>()

/** SHA-256 in hex of a schema: equal ones are the same. It is asked for of one list several times. */
export function schemaHashOf(columns: readonly Column[]): string {
  const hash = hashes.get(columns) ?? createHash('sha256').update(canonicalJson(columns)).digest('hex')
  hashes.set(columns, hash)
  return hash
}
