import { createHash } from 'node:crypto'
import type {
  ColumnDependencyInput,
  ColumnInput,
  ColumnTransformationInput,
  MaterializedAssetInput,
  RecordMaterializationsInput,
  UpstreamRefInput,
} from '../../../schema/operations.generated.js'
import { assetVersion } from './asset-version.js'
import type { ReadDocument } from './document.js'

/** One document in one DAG run. */
export interface Passage {
  dagId: string
  partitionKey: string
  startedAt: Date
  document: ReadDocument
  ocrCodeVersion: string
}

/** A recording of the demo. */
export type DemoRecording = RecordMaterializationsInput & { idempotencyKey: string }

/** A step of the pipeline for one document. */
export interface Step {
  node: string
  minutes: number
  codeVersion: string
  promptVersion?: string
  upstream: readonly UpstreamRefInput[]
  products: readonly Product[]
}

/** One asset that a step makes. */
export interface Product {
  key: string
  kind: string
  kinds?: string[]
  description: string
  content: unknown
  /** Where it is kept: a folder and a file name. */
  file?: string
  /** Whether the model or prompt is part of its version. */
  isPrimary?: boolean
  metadata?: Record<string, unknown>
  columns?: ColumnInput[]
  /** The columns that decided about all of its own. */
  columnDependencies?: ColumnDependencyInput[]
}

/** What a step says of a document. */
export function recordingOf({ dagId, partitionKey, startedAt }: Passage, step: Step): DemoRecording {
  const jobId = `${step.node}-${partitionKey.replace('/', '-')}@${dagId}`
  const upstreamVersions = step.upstream.flatMap(({ version }) => version ?? [])
  return {
    idempotencyKey: `headwater-demo/${dagId}/${partitionKey}/${step.node}`,
    jobId,
    dagId,
    nodeTaskId: step.node,
    partitionKey,
    materializedAt: new Date(startedAt.getTime() + step.minutes * 60_000).toISOString(),
    upstream: [...step.upstream],
    assets: step.products.map((product) => assetOf(product, step, jobId, upstreamVersions)),
  }
}

function assetOf(
  { key, kind, kinds, description, content, file, isPrimary = false, metadata, ...ofColumns }: Product,
  { codeVersion, promptVersion }: Step,
  jobId: string,
  upstreamVersions: string[],
): MaterializedAssetInput {
  const payload = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  return {
    key,
    kind,
    description,
    ...(kinds === undefined ? {} : { kinds }),
    version: assetVersion({
      payload,
      codeVersion,
      promptVersion: isPrimary ? promptVersion : undefined,
      upstreamVersions,
    }),
    codeVersion,
    sizeBytes: payload.length,
    checksum: createHash('sha256').update(payload).digest('hex'),
    ...(file === undefined ? {} : { uri: `s3://claims-demo/${jobId}/${file}` }),
    ...(metadata === undefined ? {} : { metadata }),
    ...ofColumns,
  }
}

/** A use of a column of another asset. */
export function fromColumn(
  key: string,
  column: string,
  type: ColumnTransformationInput['type'],
  subtype: string,
): ColumnDependencyInput {
  return { asset: { key }, column, transformations: [{ type, subtype }] }
}

/** The very versions that a recording made; only of `keys`, where they are given. */
export function refsTo(
  { assets, partitionKey }: DemoRecording,
  keys?: readonly string[],
): UpstreamRefInput[] {
  return assets
    .filter(({ key }) => keys === undefined || keys.includes(key))
    .map(({ key, version }) => ({ key, version, partitionKey }))
}
