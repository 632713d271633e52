import { GraphQLDateTime } from 'graphql-scalars'
import { z } from 'zod'
import { badUserInput } from '../errors/headwater-error.js'
import { type ExportFormatName, FORMATS } from '../lineage/export/formats.js'
import type { ExportArgs } from '../use-cases/export-lineage.js'
import { quoted } from '../util/quoted.js'

/** A word of a list, whatever its case: as GraphQL has them, or as they look in a URL. */
function word<const Words extends readonly [string, ...string[]]>(...words: Words) {
  const error = `expected ${words.join(', ').toLowerCase()}`
  return z
    .string({ error })
    .transform((text) => words.find((one) => one.toLowerCase() === text.toLowerCase()))
    .refine((found) => found !== undefined, { error })
    .transform((found) => found as Words[number])
}

const DEPTH = 'expected a whole number of hops, 0 or more'

const texts = z.array(z.string()).nullish()
const assetFilter = z
  .strictObject({
    namespace: z.string().nullish(),
    keys: texts,
    keyPrefix: z.string().nullish(),
    kinds: texts,
    search: z.string().nullish(),
  })
  .nullish()
const walkFilter = z.strictObject({ traverse: assetFilter, show: assetFilter, stopAt: assetFilter })

const parameters = z.strictObject({
  key: z.string().optional(),
  root: z.string().optional(),
  namespace: z.string().optional(),
  direction: word('UPSTREAM', 'DOWNSTREAM', 'BOTH').optional(),
  selection: z.string().optional(),
  contract: word('TRUE', 'FALSE').optional(),
  depth: z
    .string()
    .regex(/^\d{1,9}$/, { error: DEPTH })
    .transform(Number)
    .optional(),
  scope: word('ALL', 'CURRENT').optional(),
  format: word(...(Object.keys(FORMATS) as [ExportFormatName, ...ExportFormatName[]])).default('ndjson'),
  ends: word('ROOTS', 'LEAVES').optional(),
  asOf: z
    .string()
    .transform((text, context) => {
      try {
        return GraphQLDateTime.parseValue(text)
      } catch {
        context.addIssue('expected an ISO 8601 instant with an offset')
        return z.NEVER
      }
    })
    .optional(),
  atLeast: z.string().optional(),
  filter: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue('expected a LineageFilter as JSON')
        return z.NEVER
      }
    })
    .pipe(walkFilter)
    .optional(),
})

/** Reads the query string of an export. Throws BAD_USER_INPUT, which names the parameter. */
export function readExportQuery(query: Readonly<Record<string, unknown>>): ExportArgs {
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(parameters.shape, name)) {
      throw badUserInput(
        name,
        'this one',
        `no other parameter than ${Object.keys(parameters.shape).join(', ')}`,
      )
    }
    if (typeof value !== 'string') throw badUserInput(name, 'several', 'one value')
  }
  const parsed = parameters.safeParse(query)
  if (!parsed.success) throw refusal(parsed.error.issues[0], query)
  const { selection, ...walk } = parsed.data
  return selection === undefined ? readWalk(walk) : readSelection(selection, walk)
}

type Parameters = z.infer<typeof parameters>

/** What of a walk makes no sense of a selection. */
const OF_WALKS = ['key', 'root', 'namespace', 'direction', 'depth', 'filter', 'ends', 'asOf'] as const

function readSelection(selection: string, { contract, ...walk }: Omit<Parameters, 'selection'>): ExportArgs {
  const { scope, atLeast, format } = walk
  for (const name of OF_WALKS) {
    if (walk[name] !== undefined) throw badUserInput(name, 'one', 'none beside selection')
  }
  return withoutUndefined({ selection, scope, atLeast, format, contract: contract && contract === 'TRUE' })
}

function readWalk({ contract, ...walk }: Omit<Parameters, 'selection'>): ExportArgs {
  const { key, root, namespace, direction, ...args } = walk
  const name = key ?? root
  if (contract !== undefined) throw badUserInput('contract', 'one', 'none without selection')
  if (name === undefined) throw badUserInput('key', 'none', 'the key of the asset to start at')
  if (key !== undefined && root !== undefined)
    throw badUserInput('root', 'both', 'key or root, which mean the same')
  if (direction === undefined) throw badUserInput('direction', 'none', 'upstream, downstream, both')
  return withoutUndefined({ ...args, direction, root: withoutUndefined({ key: name, namespace }) })
}

function refusal(issue: z.core.$ZodIssue | undefined, query: Readonly<Record<string, unknown>>) {
  const [name, ...path] = issue?.path ?? []
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const inside = [...path, ...unknown].map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  )
  const field = `${String(name)}${inside.join('')}`
  if (unknown.length > 0) return badUserInput(field, 'one', 'no such member')
  const given = query[String(name)]
  const [, expected, received] = MESSAGE.exec(issue?.message ?? '') ?? []
  const came =
    given === undefined ? 'none' : inside.length > 0 ? (received ?? 'another') : quoted(String(given))
  return badUserInput(field, came, expected ?? 'another value')
}

/** Zod's own messages begin alike, and end with what came. */
const MESSAGE = /expected (.*?)(?:, received (.*))?$/

type Defined<T> = { [Field in keyof T]: Exclude<T[Field], undefined> }

/** An absent parameter is no member, rather than one that is undefined. */
function withoutUndefined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>
}
