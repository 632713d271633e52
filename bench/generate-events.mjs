/*
 * Writes OpenLineage events of generated runs as NDJSON: node bench/generate-events.mjs RUNS > events.ndjson
 * Each run has a START, a RUNNING and a COMPLETE, two inputs and two outputs with five columns each, made from columns of
 * the inputs. Tables lie in layers; each is made again every day.
 */
import { once } from 'node:events'

const runs = Number(process.argv[2] ?? 1_000)
const TABLES = 1_000
const COLUMNS = ['id', 'name', 'amount', 'day', 'note']

// Whoever reads may have enough: `| head`.
process.stdout.on('error', () => process.exit())

for (let run = 0; run < runs; run++) {
  for (const event of eventsOf(run)) {
    if (!process.stdout.write(`${JSON.stringify(event)}\n`)) await once(process.stdout, 'drain')
  }
}

function eventsOf(run) {
  const job = run % TABLES
  const start = Date.UTC(2026, 0, 1) + Math.floor(run / TABLES) * 86_400_000 + job * 60_000
  const inputs = [table(job), table((job * 7 + 3) % TABLES)]
  const outputs = [table(job + TABLES, inputs), table(job + 2 * TABLES, inputs)]
  const event = (eventType, seconds, rest) => ({
    eventType,
    eventTime: new Date(start + seconds * 1_000).toISOString(),
    producer: 'https://example.com/generated/1.0',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: `run-${run}` },
    job: { namespace: 'generated', name: `dag_${job % 100}.task_${job}` },
    ...rest,
  })
  return [event('START', 0, { inputs }), event('RUNNING', 30, {}), event('COMPLETE', 60, { inputs, outputs })]
}

function table(number, inputs = []) {
  const fields = COLUMNS.map((name) => ({ name, type: name === 'amount' ? 'decimal' : 'string' }))
  const used = (name) =>
    inputs.map((input) => ({ namespace: input.namespace, name: input.name, field: name }))
  const lineage = Object.fromEntries(COLUMNS.map((name) => [name, { inputFields: used(name) }]))
  return {
    namespace: 'postgres://db:5432',
    name: `shop.layer_${Math.floor(number / TABLES)}.table_${number % TABLES}`,
    facets: { schema: { fields }, ...(inputs.length === 0 ? {} : { columnLineage: { fields: lineage } }) },
  }
}
