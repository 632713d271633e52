/** What a plan reads. */
export interface PlanReads {
  /** `Seq Scan asset`, or `Index Scan asset_pkey`, for each table or index that is read from end to end. */
  whole: string[]
  /** The indexes in which something is looked up. */
  indexes: Set<string>
}

/** A node of what EXPLAIN (FORMAT JSON) answers. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Conflict Arbiter Indexes'?: string[]
  Plans?: PlanNode[]
}

/** These hand on a row as soon as they have it, so a LIMIT above them ends what is below. */
const STREAMING = new Set(['Limit', 'Incremental Sort', 'Nested Loop', 'Result', 'Subquery Scan', 'Unique'])

/** Walks a plan, from its root down. */
export function readsOfPlan(root: PlanNode): PlanReads {
  const reads: PlanReads = { whole: [], indexes: new Set() }
  const add = ({ Plans = [], ...node }: PlanNode, isLimited: boolean): void => {
    const { 'Node Type': type, 'Relation Name': table, 'Index Name': index } = node
    if (type.endsWith('Seq Scan')) reads.whole.push(`${type} ${table}`)
    // Without a condition an index is only read in its order: harmless where a LIMIT ends that.
    if (index !== undefined && node['Index Cond'] !== undefined) reads.indexes.add(index)
    else if (index !== undefined && isLimited) reads.indexes.add(index)
    else if (index !== undefined) reads.whole.push(`${type} ${index}`)
    for (const arbiter of node['Conflict Arbiter Indexes'] ?? []) reads.indexes.add(arbiter)
    for (const plan of Plans) add(plan, type === 'Limit' || (isLimited && STREAMING.has(type)))
  }
  add(root, false)
  return reads
}
