import { assetIdOf, sortKeyOf } from '../../dist/src/lineage/asset-ref.js'
import { inferKind } from '../../dist/src/lineage/kind.js'

const CHUNK = 10_000

const WAREHOUSES = ['snowflake', 'bigquery', 'redshift', 'databricks', 'postgres']
const SCHEMAS = 'analytics raw staging marts finance marketing operations ml legacy sandbox'.split(' ')
const SUBJECTS =
  'orders customers invoices payments shipments inventory products sessions events clicks leads accounts employees tickets returns refunds subscriptions campaigns suppliers contracts ledger transactions users devices sensors forecasts budgets carts reviews'.split(
    ' ',
  )
const QUALITIES =
  'daily hourly monthly weekly latest history snapshot enriched cleaned dedup aggregated by_region by_country by_channel summary detail v2 v3 tmp backup'.split(
    ' ',
  )
const STEPS = ['fct', 'dim', 'stg', 'int']
const SAID =
  'all per customer country region sales revenue net gross total source table loaded every night by fivetran model contains one row for each order session text extracted pages documents checked owned platform pii masked deprecated use instead joined with currency exchange rates adjusted excluding refunds attribution'.split(
    ' ',
  )
const NAMESPACES = ['prod', 'prod', 'prod', 'staging', 'dev', 'team-finance', 'team-growth']

/**
 * Assets with names such as warehouses have: a hundred words or so in many combinations, and numbers that tell them apart.
 *
 * @param {import('./random.mjs').Random} random
 * @param {number} size
 * @returns {{ namespace: string, key: string, description: string }[]}
 */
export function warehouseAssets(random, size) {
  const pick = (list) => list[random.below(list.length)]
  const keyOf = (at) => {
    const subject = `${pick(SUBJECTS)}_${pick(QUALITIES)}`
    const table = [
      () => `${pick(WAREHOUSES)}/${pick(SCHEMAS)}/${subject}_${String(at).padStart(6, '0')}`,
      () => `${pick(WAREHOUSES)}.${pick(SCHEMAS)}.${pick(STEPS)}_${subject}_${at}`,
      () => `dataset_${String(at).padStart(6, '0')}`,
      () => `warehouse/schema_${random.below(50)}/table_${at}`,
    ]
    return table[at % table.length]()
  }
  return Array.from({ length: size }, (_, at) => ({
    namespace: pick(NAMESPACES),
    key: keyOf(at),
    description: Array.from({ length: 4 + random.below(12) }, () => pick(SAID)).join(' '),
  }))
}

/** Puts assets into an empty, migrated database as if each had been named in a recording, before there was search. */
export async function seedWarehouse(client, assets) {
  for (let from = 0; from < assets.length; from += CHUNK) {
    const rows = assets.slice(from, from + CHUNK)
    const columns = [
      rows.map(assetIdOf),
      rows.map(({ namespace }) => namespace),
      rows.map(({ key }) => key),
      rows.map(sortKeyOf),
    ]
    await client.query(
      `INSERT INTO asset (id, namespace, key, sort_key, created_at)
       SELECT *, now() FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])`,
      columns,
    )
    await client.query(
      `INSERT INTO asset_state (asset_id, kind, description, description_at, updated_at)
       SELECT *, now(), now() FROM unnest($1::uuid[], $2::text[], $3::text[])`,
      [columns[0], rows.map(inferKind), rows.map(({ description }) => description)],
    )
  }
  await client.query('VACUUM (ANALYZE)')
}
