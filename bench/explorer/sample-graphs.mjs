// Graphs to look at: what a warehouse has, told as people would name it, and layered ones of any size. The same each time.

/** Numbers from 0 to 1 that look like chance (mulberry32). */
function chance(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const AREAS = ['orders', 'claims', 'payments', 'customers', 'shipments', 'returns', 'marketing', 'ledger']
const STAGES = ['raw', 'clean', 'joined', 'daily', 'features', 'report', 'export']
const KINDS = ['table', 'table', 'view', 'json', 'vector', 'metadata']

/**
 * The recordings of a graph of so many assets in layers, on average 2.5 upstreams each, nearly all of them in the layer
 * before. All of it is downstream of `raw/source` in the namespace given.
 */
export function layeredRecordings(count, { namespace, layers = 12, seed = 7 }) {
  const random = chance(seed)
  const perLayer = Math.ceil((count - 1) / layers)
  const nameOf = (at) => {
    if (at === 0) return { namespace, key: 'raw/source' }
    const layer = Math.floor((at - 1) / perLayer)
    const area = AREAS[Math.floor((((at - 1) % perLayer) * AREAS.length) / perLayer)]
    return { namespace, key: `${area}/${STAGES[layer % STAGES.length]}_${at}` }
  }
  const upstreamOf = (at) => {
    const layer = Math.floor((at - 1) / perLayer)
    if (layer === 0) return [nameOf(0)]
    const found = new Map()
    const within = (at - 1) % perLayer
    for (let one = 0; one < 1 + Math.floor(random() * 4); one++) {
      const back = random() < 0.92 ? 1 : 1 + Math.floor(random() * layer)
      // Near its own place, so that it looks like work of people who know each other.
      const near = Math.min(perLayer - 1, Math.max(0, within + Math.round((random() - 0.5) * 12)))
      const name = nameOf(Math.max(0, 1 + (layer - back) * perLayer + near))
      found.set(name.key, name)
    }
    return [...found.values()]
  }
  const assets = Array.from({ length: count }, (_, at) => ({
    ...nameOf(at),
    kind: KINDS[Math.floor(random() * KINDS.length)],
    version: `v${at}`,
    upstream: at === 0 ? [] : upstreamOf(at),
  }))
  const runs = []
  for (let at = 0; at < assets.length; at += 500)
    runs.push({ jobId: 'sample', materializedAt: '2026-02-01T06:00:00Z', assets: assets.slice(at, at + 500) })
  return runs
}

const shop = (key, kind, upstream, namespace = 'default') => ({ key, kind, upstream, namespace })

/** A small warehouse: a cycle, two namespaces, and names of all lengths. */
const WAREHOUSE = [
  shop('postgres/shop/orders', 'table', []),
  shop('postgres/shop/customers', 'table', []),
  shop('stripe/payments', 'json', [], 'stripe'),
  shop('stripe/refunds', 'json', [], 'stripe'),
  shop('staging/stg_orders', 'view', ['postgres/shop/orders']),
  shop('staging/stg_customers', 'view', ['postgres/shop/customers']),
  shop('staging/stg_payments', 'view', ['stripe/payments', 'stripe/refunds']),
  shop('marts/finance/fct_orders_with_payments_and_refunds', 'table', [
    'staging/stg_orders',
    'staging/stg_payments',
    'staging/stg_customers',
  ]),
  shop('marts/core/dim_customers', 'table', ['staging/stg_customers', 'ml/customer_segments']),
  shop('ml/features/customer_history', 'vector', [
    'marts/finance/fct_orders_with_payments_and_refunds',
    'marts/core/dim_customers',
  ]),
  shop('ml/customer_segments', 'vector', ['ml/features/customer_history']),
  shop('ml/churn_model', 'blob', ['ml/features/customer_history', 'ml/customer_segments']),
  shop('dashboards/revenue', 'metadata', ['marts/finance/fct_orders_with_payments_and_refunds'], 'looker'),
  shop('dashboards/retention', 'metadata', ['marts/core/dim_customers', 'ml/churn_model'], 'looker'),
  shop('reports/board_pack', 'image', ['dashboards/revenue', 'dashboards/retention'], 'looker'),
]
const HOME = new Map(WAREHOUSE.map(({ key, namespace }) => [key, namespace]))

/** The warehouse as two weeks of runs left it: what changed a week ago shows in a comparison, what is stale as stale. */
export function warehouseRecordings() {
  const run = (materializedAt, version, changes, without = []) => ({
    jobId: 'nightly',
    materializedAt,
    assets: WAREHOUSE.filter(({ key }) => !without.includes(key)).map(
      ({ key, kind, upstream, namespace }) => ({
        key,
        kind,
        namespace,
        version,
        upstream: (changes[key] ?? upstream).map((one) => ({
          key: one,
          namespace: HOME.get(one) ?? 'default',
        })),
      }),
    ),
  })
  return [
    run(
      '2026-03-01T06:00:00Z',
      'v1',
      {
        'marts/core/dim_customers': ['staging/stg_customers', 'legacy/crm_export'],
        'staging/stg_payments': ['stripe/payments'],
      },
      ['stripe/refunds', 'ml/churn_model', 'dashboards/retention'],
    ),
    run('2026-03-09T06:00:00Z', 'v2', {}),
    {
      jobId: 'hourly',
      materializedAt: '2026-03-10T09:00:00Z',
      assets: [{ key: 'stripe/refunds', namespace: 'stripe', version: 'v3', kind: 'json' }],
    },
  ]
}

const RECORD = `mutation ($inputs: [RecordMaterializationsInput!]!) {
  recordMaterializationBatch(inputs: $inputs) { watermark }
}`

/** Records runs, in batches that one call takes. */
export async function record(url, runs) {
  for (let at = 0; at < runs.length; at += 2) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: RECORD, variables: { inputs: runs.slice(at, at + 2) } }),
    })
    const answer = await response.json()
    if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors).slice(0, 500))
  }
}
