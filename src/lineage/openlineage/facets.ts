import { z } from 'zod'
import { assertionsFacet } from './assertions.js'

/** Reads what is known of facets; what does not look as the specification has it is as if it were not there. */

const text = z.string()
/** What names something is not empty. */
const name = z.string().min(1)
const number = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** What is read of each facet, by where it hangs. */
const SHAPES = {
  run: {
    airflow: z.object({
      dag: z.object({ dag_id: text }).optional().catch(undefined),
      task: z.object({ task_id: text }).optional().catch(undefined),
    }),
    parent: z.object({
      run: z.object({ runId: name }),
      job: z.object({ namespace: name, name }),
      root: z
        .object({
          run: z.object({ runId: name }),
          job: z.object({ namespace: name, name }),
        })
        .optional()
        .catch(undefined),
    }),
    nominalTime: z.object({
      nominalStartTime: text.optional().catch(undefined),
      nominalEndTime: text.optional().catch(undefined),
    }),
    errorMessage: z.object({ message: text.transform((message) => message.slice(0, 65_536)) }),
  },
  job: {
    jobType: z.object({
      processingType: text.optional().catch(undefined),
      emissionPattern: z
        .object({ eventTrigger: text.optional().catch(undefined) })
        .optional()
        .catch(undefined),
    }),
    sourceCodeLocation: z.record(z.string(), z.unknown()),
    lineage: z.object({
      entries: z.array(
        z.object({
          namespace: name,
          name,
          inputs: z.array(z.object({ namespace: name, name })).default([]),
        }),
      ),
    }),
  },
  dataset: {
    schema: z.object({ fields: z.array(z.record(z.string(), z.unknown())) }),
    version: z.object({ datasetVersion: name }),
    lifecycleStateChange: z.object({
      lifecycleStateChange: text,
      previousIdentifier: z.object({ namespace: name, name }).optional().catch(undefined),
    }),
    symlinks: z.object({ identifiers: z.array(z.object({ namespace: name, name })) }),
    datasetType: z.object({ datasetType: text, subType: text.optional().catch(undefined) }),
    storage: z.object({
      storageLayer: text.optional().catch(undefined),
      fileFormat: text.optional().catch(undefined),
    }),
    ownership: z.object({
      owners: z.array(z.object({ name: text, type: text.optional().catch(undefined) })),
    }),
    tags: z.object({
      tags: z.array(
        z.object({ key: text, value: z.unknown().optional(), field: text.optional().catch(undefined) }),
      ),
    }),
    documentation: z.object({ description: text }),
    lineage: z.object({ inputs: z.array(z.object({ namespace: name, name })) }),
    dataQualityAssertions: assertionsFacet,
  },
  /** Kept apart from the others of a dataset: see column-lineage.ts. */
  columns: {
    columnLineage: z.object({
      fields: z.record(z.string(), z.unknown()).default({}),
      dataset: z.array(z.unknown()).default([]).catch([]),
    }),
  },
  use: {
    outputStatistics: z.object({
      rowCount: number.optional().catch(undefined),
      size: number.optional().catch(undefined),
      fileCount: number.optional().catch(undefined),
    }),
    subset: z.object({
      inputCondition: z.unknown().optional(),
      outputCondition: z.unknown().optional(),
    }),
    dataQualityAssertions: assertionsFacet,
  },
} as const

/** Where facets hang; `use` is of a dataset as an input or an output. */
export type FacetPlace = keyof typeof SHAPES

/** The facets of a place that are known, as they are read. */
export type Known<Place extends FacetPlace> = {
  [Name in keyof (typeof SHAPES)[Place]]?: (typeof SHAPES)[Place][Name] extends z.ZodType<infer Value>
    ? Value
    : never
}

/** The names of the facets that are read of a place. */
export function namesOf(place: FacetPlace): string[] {
  return Object.keys(SHAPES[place])
}

/** A facet as it is read; null where it takes away what was there, undefined where it says nothing. */
export function readFacet(place: FacetPlace, name: string, facet: unknown): unknown {
  const shape = (SHAPES[place] as Record<string, z.ZodType>)[name]
  if (shape === undefined || typeof facet !== 'object' || facet === null) return undefined
  if ('_deleted' in facet && facet._deleted === true) return null
  const { success, data } = shape.safeParse(facet)
  return success ? storable(data) : undefined
}

const UNSTORABLE = /\p{Surrogate}|\0/gu

/** What PostgreSQL keeps in JSON: no U+0000, no half of a surrogate pair; U+FFFD stands for them. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNSTORABLE, '\u{fffd}')
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([key, member]) => [storable(key), storable(member)]))
}
