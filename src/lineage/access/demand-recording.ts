import type { NamedAsset } from '../names/asset-names.js'
import type { PlannedRecording } from '../recording/plan-recording.js'
import type { Access } from './access.js'
import { demand, type Named } from './demand.js'

/**
 * Recording needs RECORD in the namespace of whatever is made, and READ in that of whatever it was made from: naming that
 * makes it known, and an edge from it. Throws FORBIDDEN.
 */
export function demandOfRecordings(access: Access, recordings: readonly PlannedRecording[]): void {
  if (access.mayEverywhere('RECORD')) return
  for (const recording of recordings) {
    const { written, read } = namedByRecording(recording)
    demand(access, 'RECORD', namespacesOf(written), recording.field)
    demand(access, 'READ', namespacesOf(read), recording.field)
  }
}

/** What a recording names. */
export function namedByRecording({ materializations }: Pick<PlannedRecording, 'materializations'>): Named {
  return {
    written: materializations.map(({ asset, record: { assetId } }) => ({ asset, assetId })),
    read: materializations.flatMap(({ inputs, columnInputs }): readonly NamedAsset[] => [
      ...inputs,
      ...columnInputs,
    ]),
  }
}

/** The namespaces of some assets. */
export function namespacesOf(named: readonly NamedAsset[]): Set<string> {
  return new Set(named.map(({ asset: { namespace } }) => namespace))
}
