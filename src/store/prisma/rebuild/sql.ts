import type pg from 'pg'

/** Runs a statement of a rebuild: once, so it is not prepared. */
export type Run = <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** On one connection. */
export function runOn(client: pg.ClientBase): Run {
  return async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows
}

/**
 * How to plan what follows. Of tables that are new, or that have been emptied, PostgreSQL knows nothing, and guesses: to
 * look up a few rows it would read them from end to end, and to compare whole ones it would look up each row.
 */
export async function planFor(run: Run, what: 'few rows' | 'whole tables'): Promise<void> {
  const [sets, lookUps] = what === 'few rows' ? ['off', 'on'] : ['on', 'off']
  await run(`SET LOCAL enable_seqscan = ${sets}; SET LOCAL enable_hashjoin = ${sets};
    SET LOCAL enable_mergejoin = ${sets}; SET LOCAL enable_nestloop = ${lookUps}`)
}
