import { exactJson } from './exact-json.js'
import { type Logger, tellSafely } from './log.js'
import type {
  MaterializedAssetInput,
  RecordMaterializationsInput,
  UpstreamRefInput,
} from './operations.generated.js'

/** One asset that a run made. An empty text says as much as none; but a description may be empty. */
export interface TrackedAsset {
  assetKey: string
  /** That of the tracker by default. */
  namespace?: string | null | undefined
  version?: string | null | undefined
  /** Inferred from the key by default. */
  kind?: string | null | undefined
  kinds?: readonly string[] | null | undefined
  description?: string | null | undefined
  sizeBytes?: number | string | null | undefined
  checksum?: string | null | undefined
  uri?: string | null | undefined
  codeVersion?: string | null | undefined
  /** Integers from 2^53 on, and bigints, are recorded as strings. */
  metadata?: Record<string, unknown> | null | undefined
  /** That of the run by default. */
  partitionKey?: string | null | undefined
  /** What it was made from, beside what the run was. */
  upstream?: readonly TrackedUpstream[] | null | undefined
}

/**
 * Something it was made from: (key, version, partition, namespace), its key alone, or the same by name, as
 * `DAGAssetMapper` and `AssetRepository` answer it. Without a namespace it is in that of the tracker.
 */
export type TrackedUpstream =
  | string
  | readonly [
      assetKey: string,
      version?: string | null,
      partitionKey?: string | null,
      namespace?: string | null,
    ]
  | {
      assetKey: string
      version?: string | null | undefined
      /** What `DAGAssetMapper` calls the version. */
      latestVersion?: string | null | undefined
      partitionKey?: string | null | undefined
      namespace?: string | null | undefined
    }

/** What one run made, and from what. */
export interface TrackedRun {
  /** Without any there is nothing to do. With a `storageEventId`, of an asset that stands twice the last counts. */
  assets: readonly TrackedAsset[]
  jobId: string
  storageEventId?: number | string | null | undefined
  dagId?: string | null | undefined
  nodeTaskId?: string | null | undefined
  partitionKey?: string | null | undefined
  /** What every asset of the run was made from. */
  upstreamAssets?: readonly TrackedUpstream[] | null | undefined
  /** When it was made; now by default. */
  materializedAt?: Date | null | undefined
  /** The same key with the same content is recorded once, whoever sends it. By default a new one. */
  idempotencyKey?: string | null | undefined
}

/** What is recorded of a run. */
export interface RunInput {
  input: RecordMaterializationsInput
  /** Of each asset of the run, its place among those of the input. */
  places: number[]
}

/** A run as the server takes it. `namespace`: of what names none. What is left out is logged. */
export function runInputOf(run: TrackedRun, namespace: string | undefined, logger: Logger): RunInput {
  const warn = (line: string) => tellSafely('the logger', () => logger.warn(line))
  const assets = run.assets.map((asset, at) => assetInputOf(`assets[${at}]`, asset, namespace, warn))
  // A storage event has one materialization of an asset.
  const identities = assets.map((asset, at) => (run.storageEventId == null ? at : identityOf(asset)))
  const lastOf = new Map(identities.map((identity, at) => [identity, at]))
  const kept = [...lastOf.values()].sort((a, b) => a - b)
  const placeOf = new Map(kept.map((at, place) => [at, place]))
  const leftOut = assets.flatMap(({ key }, at) => (placeOf.has(at) ? [] : [JSON.stringify(key)]))
  if (leftOut.length > 0) {
    warn(
      `job ${JSON.stringify(run.jobId)}: of an asset that stands more than once under storage event ${run.storageEventId} the last is recorded; left out: ${leftOut.join(', ')}`,
    )
  }
  return {
    places: identities.map((identity, at) => placeOf.get(lastOf.get(identity) ?? at) ?? at),
    input: {
      jobId: run.jobId,
      storageEventId: run.storageEventId,
      dagId: said(run.dagId),
      nodeTaskId: said(run.nodeTaskId),
      partitionKey: said(run.partitionKey),
      idempotencyKey: said(run.idempotencyKey),
      materializedAt: run.materializedAt?.toISOString(),
      assets: kept.flatMap((at) => assets[at] ?? []),
      upstream: run.upstreamAssets?.map((upstream) => upstreamInputOf(upstream, namespace)),
    },
  }
}

function identityOf({ namespace, key }: MaterializedAssetInput): string {
  return JSON.stringify([namespace, key])
}

function assetInputOf(
  where: string,
  asset: TrackedAsset,
  namespace: string | undefined,
  warn: (line: string) => void,
): MaterializedAssetInput {
  const {
    assetKey,
    namespace: own,
    version,
    kind,
    kinds,
    description,
    sizeBytes,
    checksum,
    uri,
    codeVersion,
    metadata,
    partitionKey,
    upstream,
    ...unknown
  } = asset
  const names = Object.keys(unknown)
  if (names.length > 0) {
    warn(`${where}: ${names.sort().join(', ')} of ${JSON.stringify(assetKey)} is not recorded`)
  }
  return {
    key: assetKey,
    namespace: said(own) ?? namespace,
    version: said(version),
    kind: said(kind),
    kinds: kinds?.filter((each) => each !== ''),
    description,
    sizeBytes,
    checksum: said(checksum),
    uri: said(uri),
    codeVersion: said(codeVersion),
    metadata: metadata == null ? metadata : exactJson(metadata, `input.${where}.metadata`),
    partitionKey: said(partitionKey),
    upstream: upstream?.map((each) => upstreamInputOf(each, namespace)),
  }
}

function upstreamInputOf(upstream: TrackedUpstream, namespace: string | undefined): UpstreamRefInput {
  if (typeof upstream === 'string') return { key: upstream, namespace }
  if ('assetKey' in upstream) {
    const { assetKey, version, latestVersion, partitionKey, namespace: own } = upstream
    return {
      key: assetKey,
      namespace: said(own) ?? namespace,
      version: said(version ?? latestVersion),
      partitionKey: said(partitionKey),
    }
  }
  const [key, version, partitionKey, own] = upstream
  return {
    key,
    namespace: said(own) ?? namespace,
    version: said(version),
    partitionKey: said(partitionKey),
  }
}

/** An empty text says nothing: the server takes none. */
function said(text: string | null | undefined): string | undefined {
  return text == null || text === '' ? undefined : text
}
