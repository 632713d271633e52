import type { Edge, EdgeScope, Way } from '../../lineage/entities.js'
import { EDGE_IS_CURRENT, edgeWasCurrent, edgeWasSeen } from './rows.js'
import type { Statement } from './statement.js'

/** Which ends of `lineage_edge e` a walk this way comes from and goes to. */
export const ENDS = {
  UPSTREAM: { near: 'downstream_id', far: 'upstream_id' },
  DOWNSTREAM: { near: 'upstream_id', far: 'downstream_id' },
} as const

/** Comes before all edges in the order of their keys. */
export const BEFORE_ALL_EDGES: Edge = {
  downstreamId: '00000000-0000-0000-0000-000000000000',
  upstreamId: '00000000-0000-0000-0000-000000000000',
}

/** Narrows `lineage_edge e`, in a WHERE that is there already. */
export const ifCurrent = (scope: EdgeScope): string => (scope === 'CURRENT' ? `AND ${EDGE_IS_CURRENT}` : '')

/** Narrows `lineage_edge e` to what it was at a time, e.g. `$2`; null: to what it is. */
export const ifInScope = (scope: EdgeScope, time: string | null): string =>
  time === null ? ifCurrent(scope) : `AND ${scope === 'CURRENT' ? edgeWasCurrent(time) : edgeWasSeen(time)}`

/** Whether a statement is about the graph as it is, or as it was at a time. */
export type Tense = 'IS' | 'WAS'

/** A statement about the graph as it is, and one about it as it was at `time`, a parameter; and what their names end in. */
export function perTense<T>(
  time: string,
  build: (suffix: string, time: string | null) => T,
): Record<Tense, T> {
  return { IS: build('', null), WAS: build(' AS OF', time) }
}

/** Who may not see everything may see what is in some namespaces; null for everything. */
export type Seen = readonly string[] | null

/**
 * A statement about everything, and one about what is in the namespaces of a parameter, e.g. `$5`; and what their names
 * end in. `ifSeen` narrows to what the asset of an id says, in a WHERE that is there already: it is looked up of each.
 */
export function perSight<T>(
  namespaces: string,
  build: (suffix: string, ifSeen: (assetId: string) => string, ifIn: (namespace: string) => string) => T,
): { ofAll: T; ofSeen: T } {
  const nothing = () => ''
  return {
    ofAll: build('', nothing, nothing),
    ofSeen: build(
      ' SEEN',
      (id) => `AND (SELECT v.namespace FROM asset v WHERE v.id = ${id}) = ANY(${namespaces}::text[])`,
      (namespace) => `AND ${namespace} = ANY(${namespaces}::text[])`,
    ),
  }
}

/** Which of two statements to run with these values, and what to give it. */
export function of(
  { ofAll, ofSeen }: { ofAll: Statement; ofSeen: Statement },
  values: readonly unknown[],
  seen: Seen,
): [Statement, readonly unknown[]] {
  return seen === null ? [ofAll, values] : [ofSeen, [...values, seen]]
}

/** A statement for each way along the edges. */
export function perWay(build: (way: Way) => Statement): Record<Way, Statement> {
  return { UPSTREAM: build('UPSTREAM'), DOWNSTREAM: build('DOWNSTREAM') }
}

/** A statement for each scope of edges. */
export function perScope(build: (scope: EdgeScope) => Statement): Record<EdgeScope, Statement> {
  return { ALL: build('ALL'), CURRENT: build('CURRENT') }
}

/** A statement for each scope, and in it for each way. */
export function perWayAndScope(build: (way: Way, scope: EdgeScope) => Statement) {
  return { ALL: perWay((way) => build(way, 'ALL')), CURRENT: perWay((way) => build(way, 'CURRENT')) }
}
