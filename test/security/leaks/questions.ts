import type { Tenant } from '../../harness/tenants.js'
import type { Values } from '../../harness/whole-schema.js'

const text = (...values: string[]) => values.map((value) => JSON.stringify(value))
export const ref = (name: string) => `{ namespace: "xminex", key: "xminex-${name}" }`
export const run = (name: string) =>
  `{ jobNamespace: "xminex-jobs", jobName: "xminex-${name}", runId: "xminex-${name}-run" }`

/** Of mine; what stands in angle brackets is put in. */
export const VALUES: Values = {
  'asset.key': text(
    ...['a', 'b', 'c', 'd', 'e', 'g', 'last', 'canon', 'alias', 'own-alias'].map((one) => `xminex-${one}`),
  ),
  'asset.namespace': text('xminex'),
  AssetRef: ['b', 'c', 'a', 'g', 'last', 'canon', 'alias'].map(ref),
  'lineagePaths.from': ['a', 'used'].map(ref),
  'lineagePaths.to': ['d', 'c', 'canon'].map(ref),
  'columnLineage.asset': ['b', 'a', 'canon'].map(ref),
  'columnLineage.column': text('xminex-y', 'xminex-x', 'xminex-z'),
  RunRef: ['child', 'stray', 'broken', 'parent', 'root'].map(run),
  RunFilter: [
    '{ jobNamespace: "xminex-jobs" }',
    '{ jobNamespace: "xminex-jobs", jobName: "xminex-child" }',
    '{ dagId: "xminex-dag" }',
    '{ state: FAILED }',
    '{ since: "2026-01-01T00:00:00Z" }',
    '{ until: "2026-02-01T00:00:00Z" }',
    `{ parent: ${run('parent')} }`,
  ],
  'node.id': text('<Asset>', '<Materialization>', '<CheckResult>', '<Run>'),
  'materialization.id': text('<Materialization>'),
  'webhook.id': text('<Webhook>'),
  'webhookDelivery.id': text('<Delivery>'),
  query: text(
    'xminex',
    'xminex-a',
    'xminex describes',
    'xminex-owner',
    'xminex-said',
    'xminx',
    'alias',
    'xminex alias',
  ),
  selection: text(
    '+key:"xminex-c"+',
    'namespace:xminex',
    'not namespace:xminex',
    'roots(namespace:xminex+)',
    'sinks(+key:"xminex-g")',
    'status:stale and +key:"xminex-last"',
    'key:"xminex-alias" or tag:xminex-tag=xminex-said or owner:xminex-owner',
  ),
  namespace: text('xminex', 'xminex-jobs'),
  keys: ['["xminex-a", "xminex-alias"]'],
  kinds: ['["xminex-kind"]'],
  keyPrefix: text('xminex-'),
  search: text('minex-a'),
  version: text('xminex-v1', 'xminex-v2'),
  dagId: text('shared-dag', 'xminex-dag'),
  nodeTaskId: text('both-node', 'xminex-node', 'xminex-late'),
  jobId: text('xminex-job'),
  partitionKey: text('xminex-part'),
  atLeast: text('<watermark>'),
  DateTime: text('2026-01-01T00:03:30Z'),
  'unusedEdges.notSeenSince': text('2027-01-01T00:00:00Z'),
  'lineageDiff.from': text('2026-01-01T00:01:30Z'),
  'lineageDiff.to': text('2026-01-02T00:00:00Z'),
  first: ['1', '1000'],
  limit: ['1', '1000'],
  depth: ['0', '1'],
  maxLength: ['1', '2'],
  lastHours: ['87600'],
}

/** Who is asked about, by the names that stand in questions. */
export type Subject = Tenant | 'xnobodyx'

const FORMATS = ['ndjson', 'csv', 'dot', 'mermaid', 'openlineage']
/** What is exported of mine, as a query string. */
export const EXPORTS = [
  ...['upstream', 'downstream'].map((direction) => `direction=${direction}`),
  ...FORMATS.map((format) => `direction=both&format=${format}`),
]
  .flatMap((rest) => [
    ...['b', 'g', 'canon', 'alias'].map((key) => `namespace=xminex&key=xminex-${key}&${rest}`),
    `namespace=xminex&key=xminex-c&asOf=2026-01-01T00:04:30Z&${rest}`,
  ])
  .concat(
    FORMATS.flatMap((format) =>
      ['namespace:xminex', '+key:"xminex-c"+', 'not namespace:xminex'].map(
        (selection) => `selection=${encodeURIComponent(selection)}&contract=true&format=${format}`,
      ),
    ),
  )

/** What stands behind the name in what they say: if nobody could read one of these, nobody would have looked for it. */
export const THEIR_WORDS =
  'a alias awaited b c canon check checksum child child-run code d dag detail e f g h job jobs kind last late member node own-alias owner parent parent-run part raw root root-run stray strayed tag task technology tests type unmade used v1 v2 value x y z'.split(
    ' ',
  )
