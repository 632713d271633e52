import pg from 'pg'
import { type PlanNode, type PlanReads, readsOfPlan } from './plan-tree.js'

/**
 * How a statement is planned: for the values that came, once for all values, or as PostgreSQL comes to choose between
 * the two.
 */
export type PlanMode = 'force_custom_plan' | 'force_generic_plan' | 'auto'

/** PostgreSQL plans a prepared statement five times for its values before it thinks of another way. */
const BEFORE_CHOOSING = 5

/** A session in which statements are prepared, and their plans shown, as on a server's connection. */
export interface Planner extends AsyncDisposable {
  /** What executing a statement with these values would read. Nothing is executed. */
  readsOf(text: string, values: readonly unknown[], mode: PlanMode): Promise<PlanReads>
}

/** Opens a session of its own on a database. */
export async function connectPlanner(url: string): Promise<Planner> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    readsOf: async (text, values, mode) => {
      // A lock on a table has no plan.
      if (text.startsWith('LOCK')) return { indexes: new Set(), whole: [] }
      await client.query(`PREPARE planned AS ${text}`)
      await client.query(`SET plan_cache_mode = ${mode}`)
      // EXECUTE within EXPLAIN takes no parameters.
      const list = values.length === 0 ? '' : `(${values.map(literalOf).join()})`
      const explain = () =>
        client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT JSON) EXECUTE planned${list}`)
      try {
        if (mode === 'auto') for (let times = 0; times < BEFORE_CHOOSING; times++) await explain()
        const [row] = (await explain()).rows
        if (row === undefined) throw new Error(`no plan for ${text}`)
        return readsOfPlan(row['QUERY PLAN'][0].Plan)
      } finally {
        await client.query('DEALLOCATE planned')
      }
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** As pg sends it. */
function literalOf(value: unknown): string {
  return value == null ? 'NULL' : pg.escapeLiteral(textOf(value))
}

function textOf(value: unknown): string {
  if (Array.isArray(value))
    return `{${value.map((one) => (one == null ? 'NULL' : JSON.stringify(textOf(one)))).join()}}`
  return value instanceof Date ? value.toISOString() : String(value)
}
