import { badUserInput } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'
import { assetIdOf } from '../asset-ref.js'
import { checkColumns } from '../columns/check-columns.js'
import type { ColumnInput } from '../columns/column.js'
import { BOUNDS, checkCount, checkInstant, checkMetadata, checkName, checkSize, checkText } from './bounds.js'
import { checkAssetRef, checkOptional } from './check-asset-ref.js'
import type { Input, RecordedAsset, Recording } from './recording.js'
import type { MaterializedAssetInput, RecordingInput, UpstreamRefInput } from './recording-input.js'

/** Checks every bound of a recording and fills in its defaults. `field` is where it stands in the arguments. */
export function checkRecording(field: string, input: RecordingInput): Recording {
  checkCount(`${field}.assets`, input.assets.length, 1, BOUNDS.assetsPerRecording)
  const shared = checkInputs(`${field}.upstream`, input.upstream)
  const partitionKey = checkOptional(
    `${field}.partitionKey`,
    input.partitionKey,
    BOUNDS.partitionKeyCharacters,
  )
  const assets = input.assets.map((asset, at) =>
    checkAsset(`${field}.assets[${at}]`, asset, shared, partitionKey),
  )
  if (input.storageEventId != null) checkEachOnce(`${field}.assets`, assets)
  return {
    jobId: checkName(`${field}.jobId`, input.jobId, BOUNDS.idCharacters),
    dagId: checkOptional(`${field}.dagId`, input.dagId, BOUNDS.idCharacters),
    nodeTaskId: checkOptional(`${field}.nodeTaskId`, input.nodeTaskId, BOUNDS.idCharacters),
    storageEventId: input.storageEventId ?? null,
    idempotencyKey: checkOptional(`${field}.idempotencyKey`, input.idempotencyKey, BOUNDS.idCharacters),
    materializedAt:
      input.materializedAt == null ? null : checkInstant(`${field}.materializedAt`, input.materializedAt),
    assets,
  }
}

/** A storage event names one materialization of an asset: a second in the same call would take the place of the first. */
function checkEachOnce(field: string, assets: readonly RecordedAsset[]): void {
  const seen = new Set<string>()
  assets.forEach(({ assetId, asset }, at) => {
    if (seen.has(assetId)) {
      throw badUserInput(
        `${field}[${at}].key`,
        `${quoted(asset.key)} again`,
        'each asset once in a call with a storageEventId',
      )
    }
    seen.add(assetId)
  })
}

function checkAsset(
  field: string,
  input: MaterializedAssetInput,
  shared: readonly Input[],
  callPartitionKey: string | null,
): RecordedAsset {
  const asset = checkAssetRef(field, input)
  const own = checkInputs(`${field}.upstream`, input.upstream)
  const ofColumns = checkColumns(field, input.columns, input.columnDependencies)
  const inputs = withUnnamed(eachOnce([...own, ...shared]), ofColumns?.columnInputs ?? [])
  checkCount(`${field}.upstream`, inputs.length, 0, BOUNDS.upstreamsPerAsset)
  const partitionKey = checkOptional(
    `${field}.partitionKey`,
    input.partitionKey,
    BOUNDS.partitionKeyCharacters,
  )
  return {
    asset,
    assetId: assetIdOf(asset),
    version: checkOptional(`${field}.version`, input.version, BOUNDS.versionCharacters),
    kind: checkOptional(`${field}.kind`, input.kind, BOUNDS.kindCharacters),
    kinds: input.kinds == null ? null : checkKinds(`${field}.kinds`, input.kinds),
    description:
      input.description == null
        ? null
        : checkText(`${field}.description`, input.description, BOUNDS.descriptionCharacters, 0),
    sizeBytes: input.sizeBytes == null ? null : checkSize(`${field}.sizeBytes`, input.sizeBytes),
    checksum: checkOptional(`${field}.checksum`, input.checksum, BOUNDS.checksumCharacters),
    uri: checkOptional(`${field}.uri`, input.uri, BOUNDS.uriCharacters),
    codeVersion: checkOptional(`${field}.codeVersion`, input.codeVersion, BOUNDS.codeVersionCharacters),
    metadata: input.metadata == null ? {} : checkMetadata(`${field}.metadata`, input.metadata),
    partitionKey: partitionKey ?? callPartitionKey,
    inputs,
    ...(ofColumns === null ? {} : { ofColumns }),
  }
}

/** An asset of which a column was used is an input, whether or not it is named as one. */
function withUnnamed(named: readonly Input[], columnInputs: readonly ColumnInput[]): Input[] {
  const known = new Set(named.map(({ assetId }) => assetId))
  const unnamed = new Map(columnInputs.map(({ assetId, asset }) => [assetId, asset]))
  return [
    ...named,
    ...[...unnamed].flatMap(([assetId, asset]) =>
      known.has(assetId) ? [] : [{ asset, assetId, version: null, partitionKey: null }],
    ),
  ]
}

function checkInputs(field: string, inputs: readonly UpstreamRefInput[] | null | undefined): Input[] {
  if (inputs == null) return []
  checkCount(field, inputs.length, 0, BOUNDS.upstreamsPerAsset)
  return inputs.map((input, at) => {
    const asset = checkAssetRef(`${field}[${at}]`, input)
    return {
      asset,
      assetId: assetIdOf(asset),
      version: checkOptional(`${field}[${at}].version`, input.version, BOUNDS.versionCharacters),
      partitionKey: checkOptional(
        `${field}[${at}].partitionKey`,
        input.partitionKey,
        BOUNDS.partitionKeyCharacters,
      ),
    }
  })
}

function eachOnce(inputs: readonly Input[]): Input[] {
  const identity = ({ assetId, version, partitionKey }: Input) =>
    JSON.stringify([assetId, version, partitionKey])
  return [...new Map(inputs.map((input) => [identity(input), input])).values()]
}

/** Technologies, each once. */
export function checkKinds(field: string, kinds: readonly string[]): string[] {
  checkCount(field, kinds.length, 0, BOUNDS.kindsPerAsset)
  return [...new Set(kinds.map((kind, at) => checkName(`${field}[${at}]`, kind, BOUNDS.kindCharacters)))]
}
