import type { NodeStatus } from '../lineage/config/node-status.js'
import type { Store } from '../store/store.js'
import { isEqual } from '../util/is-equal.js'
import { dagStatus } from './node-status.js'
import { whenRecorded } from './when-recorded.js'

/** A run of many nodes records often; what is registered for it changes seldom, and without a recording. In ms. */
const PACE = { rest: 50, patience: 5_000 }

/** How far each node of a DAG run is: now, and whenever that has changed. Throws BAD_USER_INPUT before there is anything. */
export async function followDagStatus(
  store: Store,
  dagId: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<NodeStatus[]>> {
  // What is recorded from here on is seen, by this or by what follows.
  const { pages } = await store.recorded(null, signal)
  const first = await dagStatus(store, dagId)
  const looks = whenRecorded(pages, ({ materialization }) => materialization.dagId === dagId, PACE, signal)
  return changes(looks, first, () => dagStatus(store, dagId))
}

async function* changes<T>(looks: AsyncGenerator<void>, first: T, look: () => Promise<T>): AsyncGenerator<T> {
  yield first
  let last = first
  for await (const _ of looks) {
    const now = await look()
    if (isEqual(now, last)) continue
    last = now
    yield now
  }
}
