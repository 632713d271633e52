import fc from 'fast-check'
import { clear } from './dump.js'
import { minute, recordBatch } from './recordings.js'
import type { TestServer } from './server.js'

/** An asset of the model, and what is said of it. */
export interface ModelAsset {
  namespace: string
  key: string
  kind: string
  kinds: string[]
  tags: Record<string, unknown>
  owners: string[]
}

const asset = (namespace: string, key: string, rest: Partial<ModelAsset>): ModelAsset => ({
  ...{ namespace, key, kind: 'json', kinds: [], tags: {}, owners: [] },
  ...rest,
})

/** Keys that begin with each other, that two namespaces share, and that hold what SQL and the grammar take for more. */
export const ASSETS: readonly ModelAsset[] = [
  asset('default', 'a', { kind: 'text', owners: ['me', 'team:ocr'] }),
  asset('default', 'a/b', { kinds: ['text', 's3'], tags: { team: 'ocr', tier: 1 } }),
  asset('default', 'a/c_d', { tags: { team: 'OCR', raw: true } }),
  asset('default', 'a/cxd', { owners: ['me'], tags: { team: null, list: ['ocr'] } }),
  asset('default', 'and', { kind: 'table', tags: { tier: '1', raw: 'true' } }),
  asset('default', '50%"*\\', { tags: { 'two words': 'a = b', team: { team: 'ocr' } } }),
  asset('lake', 'a', { owners: ['you'], tags: { tier: 2.5 } }),
  asset('lake', 'é:1', { kind: 'text', kinds: ['json'] }),
  asset('lakes', 'b', {}),
]

/** An edge by the places of its ends among ASSETS: the second has been made from the first. */
export type ModelEdge = readonly [upstream: number, downstream: number]

/** Edges, whose downstream assets alone have been materialized: those that are current, and older ones. */
export interface SelectionGraph {
  current: ModelEdge[]
  former: ModelEdge[]
}

const edge: fc.Arbitrary<ModelEdge> = fc.tuple(fc.nat(ASSETS.length - 1), fc.nat(ASSETS.length - 1))

export const selectionGraph: fc.Arbitrary<SelectionGraph> = fc.record({
  current: fc.array(edge, { maxLength: 14 }),
  former: fc.array(edge, { maxLength: 5 }),
})

/** Records the graph, and says of each asset what is said of it. */
export async function recordSelectionGraph(
  server: TestServer,
  { current, former }: SelectionGraph,
): Promise<void> {
  await clear(server)
  const refOf = (at: number) => {
    const { namespace = '', key = '' } = ASSETS[at] ?? {}
    return { namespace, key }
  }
  const run = (edges: readonly ModelEdge[], time: number) => ({
    jobId: 'job',
    materializedAt: minute(time),
    assets: [...new Set(edges.map(([, downstream]) => downstream))].map((at) => ({
      ...refOf(at),
      version: `${time}`,
      upstream: edges.filter(([, downstream]) => downstream === at).map(([upstream]) => refOf(upstream)),
    })),
  })
  // What is used must be there to be described.
  const named = {
    jobId: 'job',
    materializedAt: minute(0),
    assets: [{ key: 'z', upstream: ASSETS.map((_, at) => refOf(at)) }],
  }
  await recordBatch(
    server,
    [named, run(former, 1), run(current, 2)].filter(({ assets }) => assets.length > 0),
  )
  await server.database.sql(
    `DELETE FROM lineage_edge WHERE downstream_id = (SELECT id FROM asset WHERE key = 'z')`,
  )
  await server.database.sql(`DELETE FROM asset WHERE key = 'z'`)
  const updates = ASSETS.map((_, at) => `u${at}: updateAsset(input: $i${at}) { id }`).join('\n')
  const variables = ASSETS.map((_, at) => `$i${at}: UpdateAssetInput!`).join(', ')
  await server.query<object, object>(
    `mutation (${variables}) { ${updates} }`,
    Object.fromEntries(
      ASSETS.map(({ kind, kinds, tags, owners }, at) => [
        `i${at}`,
        { asset: refOf(at), kind, kinds, tags, owners },
      ]),
    ),
  )
  await server.seeDatabase('anew')
}

/** What an expression is looked at in: the edges that count, and the status of each asset. */
export interface Model {
  edges: readonly ModelEdge[]
  statuses: readonly string[]
}

/** A selection as text, with what it must select. */
export interface Expression {
  text: string
  /** How tightly it binds, from 0 for `or` to 4 for what needs no parentheses. */
  level: number
  select(model: Model): ReadonlySet<number>
}

const everything = () => new Set(ASSETS.keys())
const where = (holds: (asset: ModelAsset) => boolean) => () =>
  new Set([...ASSETS.entries()].flatMap(([at, one]) => (holds(one) ? at : [])))

const quote = (text: string) => `"${text.replace(/["\\*]/g, '\\$&')}"`
/** A word where that will do, else in quotes. */
const wordOr = (text: string) => (/^[a-z][a-z0-9/_.-]*$/.test(text) && text !== 'and' ? text : quote(text))

const atom = (text: string, holds: (asset: ModelAsset) => boolean): Expression => ({
  text,
  level: 4,
  select: where(holds),
})

const exactKeys = ASSETS.flatMap(({ key }) => [
  atom(wordOr(key), (one) => one.key === key),
  atom(`key:${quote(key)}`, (one) => one.key === key),
])
/** What stands between wildcards. */
const PATTERNS = [
  ['a', ''],
  ['', 'a'],
  ['a/', ''],
  ['', '/c_', ''],
  ['', 'c', 'd'],
  ['', '%', ''],
  ['50%"*', ''],
  ['', '\\'],
  ['', '', ''],
]
const escaped = (text: string) =>
  text.replace(/[^a-z0-9]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
const patterns = PATTERNS.map((parts) => {
  const pattern = new RegExp(`^${parts.map(escaped).join('[^]*')}$`, 'u')
  return atom(`key:"${parts.map((part) => quote(part).slice(1, -1)).join('*')}"`, ({ key }) =>
    pattern.test(key),
  )
})
const textOfTag = (value: unknown) =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
const tags = ['team', 'tier', 'raw', 'list', 'two words', 'none'].flatMap((name) => [
  atom(`tag:${wordOr(name)}`, (one) => name in one.tags),
  ...['ocr', 'OCR', '1', '2.5', 'true', 'null', 'a = b', 'x'].map((value) =>
    atom(`tag:${wordOr(name)}=${wordOr(value)}`, (one) => textOfTag(one.tags[name]) === value),
  ),
])
const others = [
  ...['text', 'json', 's3', 'none'].map((kind) =>
    atom(`kind:${kind}`, (one) => one.kind === kind || one.kinds.includes(kind)),
  ),
  ...['me', 'team:ocr', 'none'].map((owner) =>
    atom(`owner:${owner}`, ({ owners }) => owners.includes(owner)),
  ),
  ...['default', 'lake', 'lak'].map((name) =>
    atom(`namespace:${name}`, ({ namespace }) => namespace === name),
  ),
]
const statuses = ['stale', 'fresh', 'missing'].map(
  (status): Expression => ({
    text: `status:${status}`,
    level: 4,
    select: (model) =>
      new Set([...ASSETS.keys()].filter((at) => model.statuses[at] === status.toUpperCase())),
  }),
)

const atoms = fc.oneof(
  fc.constantFrom(...exactKeys),
  fc.constantFrom(...patterns),
  fc.constantFrom(...tags),
  fc.constantFrom(...others),
  fc.constantFrom(...statuses),
  fc.constant<Expression>({ text: '*', level: 4, select: everything }),
)

const within = ({ text, level }: Expression, least: number) => (level >= least ? text : `( ${text})`)

const either = (one: Expression, other: Expression, word: string): Expression => ({
  text: `${within(one, 0)} ${word} ${within(other, 1)}`,
  level: 0,
  select: (model) => new Set([...one.select(model), ...other.select(model)]),
})

const both = (one: Expression, other: Expression, word: string): Expression => ({
  text: `${within(one, 1)} ${word} ${within(other, 2)}`,
  level: 1,
  select: (model) => {
    const others = other.select(model)
    return new Set([...one.select(model)].filter((at) => others.has(at)))
  },
})

const not = (of: Expression, word: string): Expression => ({
  text: `${word} ${within(of, 2)}`,
  level: 2,
  select: (model) => {
    const those = of.select(model)
    return new Set([...everything()].filter((at) => !those.has(at)))
  },
})

/** Null for no plus; undefined for one without a number. */
type Hops = number | null | undefined

const plus = (of: Expression, up: Hops, down: Hops): Expression => ({
  text: `${up === null ? '' : `${up ?? ''}+`}${within(of, 4)}${down === null ? '' : `+${down ?? ''}`}`,
  level: up === null && down === null ? (within(of, 4) === of.text ? of.level : 4) : 3,
  select: (model) => {
    const from = of.select(model)
    return new Set([
      ...from,
      ...(up === null ? [] : reached(model, from, 'UPSTREAM', up)),
      ...(down === null ? [] : reached(model, from, 'DOWNSTREAM', down)),
    ])
  },
})

const ends = (of: Expression, name: 'roots' | 'sinks'): Expression => ({
  text: `${name}(${of.text})`,
  level: 4,
  select: (model) => {
    const those = of.select(model)
    const way = name === 'roots' ? 'UPSTREAM' : 'DOWNSTREAM'
    return new Set(
      [...those].filter((at) =>
        [...reached(model, new Set([at]), way)].every((end) => end === at || !those.has(end)),
      ),
    )
  },
})

/** All that lies one or more hops one way, by going over all edges again and again. */
function reached(
  { edges }: Model,
  from: ReadonlySet<number>,
  way: 'UPSTREAM' | 'DOWNSTREAM',
  hops = Number.POSITIVE_INFINITY,
): Set<number> {
  const found = new Set<number>()
  let frontier = from
  for (let hop = 0; hop < hops && hop <= ASSETS.length; hop++) {
    frontier = new Set(
      edges.flatMap(([upstream, downstream]) => {
        const [near, far] = way === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
        return frontier.has(near) ? far : []
      }),
    )
    for (const at of frontier) found.add(at)
  }
  return found
}

const hops = fc.oneof(fc.constant(null), fc.constant(undefined), fc.nat(3))

export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: atoms },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('any'), tie('any'), fc.constantFrom('or', 'OR')).map((of) => either(...of)),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(tie('any'), tie('any'), fc.constantFrom('and', 'And')).map((of) => both(...of)),
    },
    { weight: 2, arbitrary: fc.tuple(tie('any'), fc.constantFrom('not', 'NOT')).map((of) => not(...of)) },
    { weight: 3, arbitrary: fc.tuple(tie('any'), hops, hops).map((of) => plus(...of)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('any'), fc.constantFrom('roots' as const, 'sinks' as const))
        .map((of) => ends(...of)),
    },
  ),
})).any
