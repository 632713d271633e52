import { z } from 'zod'
import { checkCount } from '../recording/bounds.js'
import type { EventDataset, Facets } from './event.js'

/** The facet that tells what a run asserted of a dataset. */
export const ASSERTIONS_FACET = 'dataQualityAssertions'

/** The most assertions of a facet: each becomes a check result, and all of a run and a dataset are kept together. */
const MOST_ASSERTIONS = 10_000

const optionalName = z.string().min(1).optional().catch(undefined)

/** The specification has texts here, producers also send numbers and lists. */
const optionalValue = z
  .unknown()
  .optional()
  .transform((value) =>
    typeof value === 'object' ? (value === null ? undefined : JSON.stringify(value)) : value,
  )

const assertion = z.object({
  assertion: z.string().min(1),
  success: z.boolean(),
  column: optionalName,
  severity: optionalName,
  name: optionalName,
  expected: optionalValue,
  actual: optionalValue,
})

/** What a run asserted, and whether it held. */
export type Assertion = z.infer<typeof assertion>

/** The facet; assertions that do not look as the specification has them are as if they were not there. */
export const assertionsFacet = z.object({
  assertions: z.array(z.unknown()).transform((list) =>
    list.flatMap((one) => {
      const { success, data } = assertion.safeParse(one)
      return success ? [data] : []
    }),
  ),
})

/** Throws BAD_USER_INPUT for a dataset of which more is asserted than is kept; `path`: of the list. */
export function checkAssertions(datasets: readonly EventDataset[], path: string, useFacets: string): void {
  datasets.forEach((dataset, at) => {
    checkFacet(dataset.facets, `${path}[${at}].facets`)
    checkFacet(dataset.useFacets, `${path}[${at}].${useFacets}`)
  })
}

function checkFacet(facets: Facets, path: string): void {
  const facet = facets[ASSERTIONS_FACET]
  if (typeof facet !== 'object' || facet === null || ('_deleted' in facet && facet._deleted === true)) return
  const list = 'assertions' in facet ? facet.assertions : null
  if (Array.isArray(list))
    checkCount(`${path}.${ASSERTIONS_FACET}.assertions`, list.length, 0, MOST_ASSERTIONS)
}

/** What an assertion is called as a check: by its name, else by what it says and of which column. */
export function nameOfAssertion({ name, assertion, column }: Assertion): string {
  return name ?? (column === undefined ? assertion : `${assertion}(${column})`)
}
