import { badUserInput } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'
import { assetIdOf } from '../asset-ref.js'
import { BOUNDS, checkCount, checkName, checkText } from '../recording/bounds.js'
import { checkAssetRef, checkOptional } from '../recording/check-asset-ref.js'
import {
  byDirectness,
  type Column,
  type ColumnInput,
  type StatedColumnInput,
  type TransformationType,
} from './column.js'

/** A column of another asset that was used. Absent and null mean the same throughout. */
export interface ColumnDependencyInput {
  asset: { key: string; namespace?: string | null | undefined }
  column: string
  transformations?:
    | readonly {
        type: TransformationType
        subtype?: string | null | undefined
        description?: string | null | undefined
        masking?: boolean | null | undefined
      }[]
    | null
    | undefined
}

/** A column of what was made, and what it was made from. */
export interface ColumnInputInput {
  name: string
  type?: string | null | undefined
  description?: string | null | undefined
  inputs?: readonly ColumnDependencyInput[] | null | undefined
}

/** What a recording says of the columns of an asset: nothing, or both. */
export interface RecordedColumns {
  /** Null where nothing is said. */
  columns: readonly Column[] | null
  columnInputs: readonly ColumnInput[]
}

/** Checks what is said of columns; null where nothing is. `field` is where the asset stands in the arguments. */
export function checkColumns(
  field: string,
  columns: readonly ColumnInputInput[] | null | undefined,
  dependencies: readonly ColumnDependencyInput[] | null | undefined,
): RecordedColumns | null {
  const given = columns ?? []
  const ofAll = dependencies ?? []
  if (given.length === 0 && ofAll.length === 0) return null
  checkCount(`${field}.columns`, given.length, 0, BOUNDS.columnsPerAsset)
  const schema = given.map((column, at) => checkColumn(`${field}.columns[${at}]`, column))
  checkEachOnce(`${field}.columns`, schema)
  const inputs = [
    ...given.flatMap(({ name, inputs }, at) =>
      checkDependencies(`${field}.columns[${at}].inputs`, name, inputs ?? []),
    ),
    ...checkDependencies(`${field}.columnDependencies`, '', ofAll),
  ]
  return { columns: schema.length === 0 ? null : schema, columnInputs: inputs }
}

function checkColumn(field: string, { name, type, description }: ColumnInputInput): Column {
  return {
    name: checkName(`${field}.name`, name, BOUNDS.columnCharacters),
    type: checkOptional(`${field}.type`, type, BOUNDS.columnTypeCharacters),
    description: checkDescription(`${field}.description`, description),
  }
}

function checkEachOnce(field: string, columns: readonly Column[]): void {
  const seen = new Set<string>()
  columns.forEach(({ name }, at) => {
    if (seen.has(name))
      throw badUserInput(`${field}[${at}].name`, `${quoted(name)} again`, 'each column once')
    seen.add(name)
  })
}

function checkDependencies(
  field: string,
  column: string,
  inputs: readonly ColumnDependencyInput[],
): ColumnInput[] {
  checkCount(field, inputs.length, 0, BOUNDS.inputsPerColumn)
  return inputs.flatMap((input, at) => byDirectness(checkDependency(`${field}[${at}]`, column, input)))
}

function checkDependency(field: string, column: string, input: ColumnDependencyInput): StatedColumnInput {
  const asset = checkAssetRef(`${field}.asset`, input.asset)
  const transformations = input.transformations ?? []
  checkCount(`${field}.transformations`, transformations.length, 0, BOUNDS.transformationsPerInput)
  return {
    column,
    asset,
    assetId: assetIdOf(asset),
    upstreamColumn: checkName(`${field}.column`, input.column, BOUNDS.columnCharacters),
    transformations: transformations.map(({ type, subtype, description, masking }, at) => ({
      type,
      subtype: checkOptional(`${field}.transformations[${at}].subtype`, subtype, BOUNDS.subtypeCharacters),
      description: checkDescription(`${field}.transformations[${at}].description`, description),
      masking: masking ?? false,
    })),
  }
}

/** An empty one is none. */
function checkDescription(field: string, description: string | null | undefined): string | null {
  if (description == null || description === '') return null
  return checkText(field, description, BOUNDS.descriptionCharacters)
}
