import { ImportAssetDocument, type UpdateAssetInput } from '../../../schema/operations.generated.js'
import { canonicalJson } from '../../util/canonical-json.js'
import type { Client } from '../client.js'
import { inFlight } from '../record/in-flight.js'
import { parseJsonObject } from './exact-json.js'
import type { Journal } from './journal.js'
import { type KnownAsset, knownAssets } from './known-assets.js'
import { type Refusals, refusalOf } from './refusals.js'
import { namespaceOf } from './registry.js'
import { ASSET_REGISTRY, type RowOf } from './tables.js'

const MOST_IN_FLIGHT = 4

/**
 * Has assets say what the registry says of them: kind, description, tags, where it says anything and nobody has said
 * it yet, so that what was changed since an earlier import stays. One that nothing was made of or from, and that nobody expected, does not exist.
 */
export async function writeAssets(
  client: Client,
  rows: readonly RowOf<typeof ASSET_REGISTRY>[],
  namespace: string | null,
  journal: Journal,
  refusals: Refusals,
): Promise<void> {
  const refOf = (row: (typeof rows)[number]) => ({
    key: row.asset_key ?? '',
    namespace: namespaceOf(row.namespace, namespace),
  })
  const known = await knownAssets(client, rows.map(refOf))
  const { tally } = journal
  await inFlight(rows, MOST_IN_FLIGHT, async (row) => {
    const ref = refOf(row)
    const asset = known(ref.namespace, ref.key)
    if (asset === undefined) {
      tally.assetsNeverRecorded++
      return
    }
    const refusal = await refusalOf(async () => {
      const changes = changesOf(row, asset)
      if (changes === null) {
        tally.assetsUnchanged++
        return
      }
      const input = { asset: ref, ...changes, unlessStated: true }
      const { updateAsset: after } = await client.request(ImportAssetDocument, { input })
      if (isSame(after, asset)) tally.assetsUnchanged++
      else tally.assets++
    })
    if (refusal !== null) refusals.add({ table: ASSET_REGISTRY.name, id: row.id ?? '', message: refusal })
  })
}

function isSame(one: Omit<KnownAsset, 'key'>, other: KnownAsset): boolean {
  const { kind, description, tags } = other
  return (
    one.kind === kind && one.description === description && canonicalJson(one.tags) === canonicalJson(tags)
  )
}

/** Null where the asset says all of it already. */
function changesOf(
  row: RowOf<typeof ASSET_REGISTRY>,
  asset: KnownAsset,
): Omit<UpdateAssetInput, 'asset'> | null {
  const tags = parseJsonObject(row.tags) ?? {}
  const saysTags = Object.keys(tags).length > 0
  const changes = {
    ...(row.kind && row.kind !== asset.kind ? { kind: row.kind } : {}),
    ...(row.description && row.description !== asset.description ? { description: row.description } : {}),
    ...(saysTags && canonicalJson(tags) !== canonicalJson(asset.tags) ? { tags } : {}),
  }
  return Object.keys(changes).length === 0 ? null : changes
}
