import { z } from 'zod'
import { compareCodePoints, firstCodePoints } from '../../util/code-points.js'
import { assetIdOf } from '../asset-ref.js'
import {
  byDirectness,
  type Column,
  type ColumnInput,
  type StatedColumnInput,
  type Transformation,
  textOfTransformations,
} from '../columns/column.js'
import { BOUNDS } from '../recording/bounds.js'
import type { Facets } from './event.js'
import { readFacet } from './facets.js'
import { bounded } from './subset.js'

const name = z.string().min(1)
const optionalText = z.string().optional().catch(undefined)

const transformation = z.object({
  type: optionalText,
  subtype: optionalText,
  description: optionalText,
  masking: z.boolean().optional().catch(undefined),
})

const inputField = z.object({
  namespace: name,
  name,
  field: name,
  transformations: z.array(transformation).optional().catch(undefined),
})

const outputField = z.object({
  inputFields: z.array(z.unknown()),
  /** Until version 1.1 of the facet said so of each input. */
  transformationType: optionalText,
  transformationDescription: optionalText,
})

/**
 * What columns of an output were made from, by what tells one use from others, as JSON: when (ms) the transformations of
 * each were stated last, and these as canonical text. Of two of the same time the greater text counts, as everywhere.
 */
export type SaidColumnInputs = Record<string, [at: number, transformations: string]>

/**
 * Adds what the `columnLineage` facet of an event says: nothing that was used once is unused by a later event. What of it
 * does not look as the specification has it is as if it were not there.
 */
export function withColumnInputs(said: SaidColumnInputs, facets: Facets, at: number): SaidColumnInputs {
  const read = readFacet('columns', 'columnLineage', facets['columnLineage'])
  if (read == null) return said
  const { fields, dataset } = read as { fields: Record<string, unknown>; dataset: unknown[] }
  const stated = [
    ...Object.entries(fields).flatMap(([column, field]) => ofField(column, field)),
    ...dataset.flatMap((input) => ofInput('', input, [])),
  ]
  const inEvent = new Map<string, Transformation[]>()
  for (const { transformations, ...input } of stated.flatMap(byDirectness)) {
    const { column, asset, upstreamColumn, isIndirect } = input
    const name = JSON.stringify([column, asset.namespace, asset.key, upstreamColumn, isIndirect])
    inEvent.set(name, [...(inEvent.get(name) ?? []), ...transformations])
  }
  const after = { ...said }
  for (const [name, transformations] of inEvent) {
    const text = textOfTransformations(transformations)
    const before = after[name]
    const isNewer =
      before === undefined || at > before[0] || (at === before[0] && compareCodePoints(text, before[1]) > 0)
    if (isNewer) after[name] = [at, text]
  }
  return after
}

const inFull = new WeakMap<SaidColumnInputs, readonly ColumnInput[]>()

/** The same in full. It is asked for several times, and there may be a hundred thousand: they are worked out once. */
export function columnInputsOf(said: SaidColumnInputs): readonly ColumnInput[] {
  const inputs = inFull.get(said) ?? workedOut(said)
  inFull.set(said, inputs)
  return inputs
}

function workedOut(said: SaidColumnInputs): ColumnInput[] {
  const named = once((text: string) => {
    const [namespace, key] = JSON.parse(text) as [string, string]
    return { asset: { namespace, key }, assetId: assetIdOf({ namespace, key }) }
  })
  const read = once((text: string) => JSON.parse(text) as Transformation[])
  return Object.entries(said).map(([name, [at, transformations]]) => {
    const [column, namespace, key, upstreamColumn, isIndirect] = JSON.parse(name) as [
      string,
      string,
      string,
      string,
      boolean,
    ]
    return {
      ...{ column, upstreamColumn, isIndirect, ...named(JSON.stringify([namespace, key])) },
      transformations: read(transformations),
      statedAt: new Date(at),
    }
  })
}

/** The same function, that works out each value once. */
function once<Value>(work: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>()
  return (text) => {
    const value = known.get(text) ?? work(text)
    known.set(text, value)
    return value
  }
}

/** An input as an event states it: by name, for that is what is kept. */
type NamedColumnInput = Omit<StatedColumnInput, 'assetId'>

function ofField(column: string, field: unknown): NamedColumnInput[] {
  const { success, data } = outputField.safeParse(field)
  if (!success || column === '') return []
  const { inputFields, transformationType, transformationDescription } = data
  const ofAll =
    transformationType === undefined && transformationDescription === undefined
      ? []
      : [
          {
            type: 'DIRECT',
            subtype: transformationType,
            description: transformationDescription,
            masking: transformationType === 'MASKED',
          },
        ]
  return inputFields.flatMap((input) => ofInput(bounded(column, BOUNDS.columnCharacters), input, ofAll))
}

function ofInput(
  column: string,
  input: unknown,
  byDefault: readonly z.infer<typeof transformation>[],
): NamedColumnInput[] {
  const { success, data } = inputField.safeParse(input)
  if (!success) return []
  const asset = {
    namespace: bounded(data.namespace, BOUNDS.namespaceCharacters),
    key: bounded(data.name, BOUNDS.keyCharacters),
  }
  return [
    {
      ...{ column, asset },
      upstreamColumn: bounded(data.field, BOUNDS.columnCharacters),
      transformations: (data.transformations ?? byDefault).map(
        ({ type = 'DIRECT', subtype, description, masking = false }) => ({
          type: type.toUpperCase() === 'INDIRECT' ? 'INDIRECT' : 'DIRECT',
          subtype:
            subtype === undefined || subtype === '' ? null : bounded(subtype, BOUNDS.subtypeCharacters),
          description: descriptionOf(description),
          masking,
        }),
      ),
    },
  ]
}

const schemaField = z.object({
  name,
  type: optionalText,
  description: optionalText,
  fields: z.array(z.unknown()).optional().catch(undefined),
})

/** The columns of a `schema` facet; nested ones come behind that which holds them, named by their paths. */
export function columnsOf(fields: readonly unknown[]): Column[] {
  const columns = new Map<string, Column>()
  const add = (field: unknown, path: string) => {
    const { success, data } = schemaField.safeParse(field)
    if (!success) return
    const { type, description, fields: nested = [] } = data
    // Bounded at each level, so that the paths of deep schemas do not grow without end.
    const full = bounded(`${path}${data.name}`, BOUNDS.columnCharacters)
    if (!columns.has(full)) {
      columns.set(full, {
        name: full,
        type: type === undefined || type === '' ? null : bounded(type, BOUNDS.columnTypeCharacters),
        description: descriptionOf(description),
      })
    }
    for (const one of nested) add(one, `${full}.`)
  }
  for (const field of fields) add(field, '')
  return [...columns.values()]
}

function descriptionOf(description: string | undefined): string | null {
  return description === undefined || description === ''
    ? null
    : firstCodePoints(description, BOUNDS.descriptionCharacters)
}
