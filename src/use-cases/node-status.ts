import { type NodeStatus, statusesOf } from '../lineage/config/node-status.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { Store } from '../store/store.js'

/**
 * How far each node of a DAG run is: those that it has recorded, and those registered for it. Empty where there is
 * none. Two statements, whatever their number. Throws BAD_USER_INPUT.
 */
export async function dagStatus(store: Store, dagId: string): Promise<NodeStatus[]> {
  checkName('dagId', dagId, BOUNDS.idCharacters)
  const made = await store.madeInRun(dagId, null)
  const nodeTaskIds = [...new Set(made.map((one) => one.nodeTaskId))]
  return statusesOf(dagId, made, await store.registeredNodes(dagId, nodeTaskIds, true))
}

/**
 * How far one node of a DAG run is; null where it has recorded nothing and nothing is registered. `andOthers`: whether
 * others of the run may be hidden, and so have to be counted.
 */
export async function nodeStatus(
  store: Store,
  dagId: string,
  nodeTaskId: string,
  andOthers: boolean,
): Promise<NodeStatus | null> {
  checkName('dagId', dagId, BOUNDS.idCharacters)
  checkName('nodeTaskId', nodeTaskId, BOUNDS.idCharacters)
  if (andOthers) {
    const made = await store.madeInRun(dagId, null)
    const names = new Set([nodeTaskId, ...made.map((one) => one.nodeTaskId)])
    const statuses = statusesOf(dagId, made, await store.registeredNodes(dagId, [...names], true))
    return statuses.find((one) => one.nodeTaskId === nodeTaskId) ?? null
  }
  const [made, registered] = await Promise.all([
    store.madeInRun(dagId, nodeTaskId),
    store.registeredNodes(dagId, [nodeTaskId], false),
  ])
  return statusesOf(dagId, made, registered)[0] ?? null
}
