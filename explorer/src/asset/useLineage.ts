import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { comparison, count, shortestPath, type WalkAnswer, type WalkOf, walk } from '../api/queries.js'
import { type Comparison, compared } from '../graph/model/compared.js'
import { contracted } from '../graph/model/contracted.js'
import { folded } from '../graph/model/folded.js'
import { edgeIdOf, type Graph, idOf, type Unseen, unseenOf } from '../graph/model/graph.js'
import { joined, pathOf } from '../graph/model/joined.js'
import { type AssetSearch, FIRST_LIMIT, type NameParts, type OpenedPart } from './search.js'

/** An expansion brings at most so many neighbours at once. */
const MOST_NEIGHBOURS = 500

/** All that is shown of a lineage, in whichever way it is shown. */
export interface Lineage {
  /** Everything that was answered. */
  whole: Graph
  /** That without what is hidden, and with its groups folded. */
  shown: Graph
  /** That without what was expanded: what a layout is made of. */
  base: Graph
  unseen: ReadonlyMap<string, Unseen>
  /** The edges of the path between the two picked, by id; null where none are picked, or there is none. */
  path: ReadonlySet<string> | null
  /** Whether two were picked that no path joins. */
  hasNoPath: boolean
  comparison: Comparison | null
  complete: boolean
  stoppedBy: readonly string[]
  /** How many assets the walk has come to. */
  walkedCount: number
  /** How many it would come to without its limit; null where that is not known, or these are all. */
  totalCount: number | null
  hiddenCount: number
  /** Whether too much was hidden to connect all that it connected. */
  isCut: boolean
}

/** How a lineage is loaded. */
export interface LineageState {
  lineage: Lineage | null
  error: Error | null
  /** Whether something else is on its way than is shown. */
  isBusy: boolean
}

/** What of a search says what to walk to. */
const walkOf = ({ direction, depth, limit, asOf, since }: AssetSearch): WalkOf => ({
  direction,
  depth,
  limit: limit ?? FIRST_LIMIT,
  // What is compared is compared as of two times: the later is now, unless said otherwise.
  asOf: asOf ?? null,
  isCurrentOnly: since !== undefined,
})

/** Loads what an address says, and makes a graph of it. */
export function useLineage(search: AssetSearch): LineageState {
  const root = { namespace: search.namespace, key: search.key }
  const of = walkOf(search)
  const walked = useQuery(walk(root, of))
  const opened = useOpened(search.opened ?? [], of)
  const isLimited = walked.data?.at(-1)?.completeness.stoppedBy.includes('NODE_LIMIT') === true
  const total = useQuery({ ...count(root, of), enabled: isLimited })
  const difference = useQuery({
    ...comparison(root, of, search.since ?? '', search.asOf ?? ''),
    enabled: search.since !== undefined && search.asOf !== undefined,
  })
  const { from, to } = search
  const path = useQuery({
    ...shortestPath(nameOf(from), nameOf(to), search.asOf ?? null),
    enabled: from !== undefined && to !== undefined,
  })
  const isCompared = search.since !== undefined
  const changes = isCompared ? difference.data : undefined
  const isWaiting = walked.data === undefined || (isCompared && changes === undefined)
  // What was walked to is one thing, what was opened in it another: a layout is made of the first alone.
  const base = useMemo(
    () => (isWaiting ? null : changed(joined(walked.data ?? []), changes)),
    [isWaiting, walked.data, changes],
  )
  const whole = useMemo(
    () =>
      base === null || walked.data === undefined || (opened.answers.length === 0 && path.data == null)
        ? base
        : changed(joined(walked.data, opened.answers, path.data == null ? [] : [path.data]), changes),
    [base, walked.data, opened.answers, path.data, changes],
  )
  const { hiddenKinds, hiddenNamespaces, group, unfolded } = search
  const drawing = useMemo(
    () => ({ hiddenKinds, hiddenNamespaces, group, unfolded }),
    [hiddenKinds, hiddenNamespaces, group, unfolded],
  )
  const shownBase = useMemo(() => (base === null ? null : shownOf(base, drawing)), [base, drawing])
  const shown = useMemo(
    () => (whole === null || whole === base ? shownBase : shownOf(whole, drawing)),
    [whole, base, shownBase, drawing],
  )
  const unseen = useMemo(() => (whole === null ? null : unseenOf(whole)), [whole])
  const pathEdges = useMemo(
    () => (path.data == null ? null : new Set(pathOf(path.data).map(edgeIdOf))),
    [path.data],
  )
  const hasNoPath = path.data === null
  const totalCount = isLimited ? (total.data ?? null) : null
  const lineage = useMemo((): Lineage | null => {
    const last = walked.data?.at(-1)
    if (whole === null || shown === null || shownBase === null || unseen === null || last === undefined)
      return null
    return {
      whole,
      shown: shown.graph,
      base: shownBase.graph,
      unseen,
      hiddenCount: shown.hiddenCount,
      isCut: shown.isCut,
      path: pathEdges,
      hasNoPath,
      comparison: changes ?? null,
      complete: last.completeness.complete,
      stoppedBy: last.completeness.stoppedBy,
      walkedCount: walked.data?.reduce((sum, { nodes }) => sum + nodes.length, 0) ?? 0,
      totalCount,
    }
  }, [walked.data, whole, shown, shownBase, unseen, pathEdges, hasNoPath, changes, totalCount])
  return {
    lineage,
    error: walked.error ?? difference.error ?? opened.error ?? path.error,
    isBusy: isWaiting || walked.isPlaceholderData || opened.isBusy || path.isFetching,
  }
}

type Drawing = Pick<AssetSearch, 'hiddenKinds' | 'hiddenNamespaces' | 'group' | 'unfolded'>

/** A graph without what is hidden, and with its groups folded; its root is always there. */
function shownOf(graph: Graph, { hiddenKinds, hiddenNamespaces, group, unfolded }: Drawing) {
  const [kinds, namespaces] = [new Set(hiddenKinds), new Set(hiddenNamespaces)]
  const root = graph.nodes[0]?.id ?? ''
  const { graph: left, ...rest } = contracted(
    graph,
    ({ id, kind, namespace }) => id !== root && (kinds.has(kind) || namespaces.has(namespace)),
  )
  return { graph: group === undefined ? left : folded(left, group, new Set(unfolded), root), ...rest }
}

const changed = (graph: Graph, changes: Comparison | undefined) =>
  changes === undefined ? graph : compared(graph, changes)

/** The answers of what has been expanded, as far as they are there. */
function useOpened(parts: readonly OpenedPart[], of: WalkOf) {
  return useQueries({
    queries: parts.map(([way, namespace, key]) => ({
      ...walk(
        { namespace, key },
        {
          ...of,
          direction: way === 'upstream' ? 'UPSTREAM' : 'DOWNSTREAM',
          depth: 1,
          limit: MOST_NEIGHBOURS,
        },
      ),
      placeholderData: undefined,
    })),
    combine: together,
  })
}

const together = (results: UseQueryResult<WalkAnswer[]>[]) => ({
  answers: results.flatMap(({ data }) => data ?? []),
  error: results.find(({ error }) => error !== null)?.error ?? null,
  isBusy: results.some(({ isPending }) => isPending),
})

const nameOf = (parts: NameParts | undefined) => ({ namespace: parts?.[0] ?? '', key: parts?.[1] ?? '' })

/** The id of whom a name in an address names. */
export const idOfParts = ([namespace, key]: NameParts) => idOf({ namespace, key })
