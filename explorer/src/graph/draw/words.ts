import { STATUS_WORDS } from '../../ui/status.js'
import { GROUP } from '../model/folded.js'
import type { GraphNode } from '../model/graph.js'
import type { PlacedNode } from './scene.js'

/** A name cut in its middle, where names of one place differ least. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name
  const head = Math.floor((most - 1) / 3)
  return `${name.slice(0, head)}…${name.slice(name.length - (most - 1 - head))}`
}

/** The second line of a card. */
export function detailOf({ kind, namespace, members, change }: GraphNode): string {
  const is = namespace === GROUP ? `${members.toLocaleString()} assets` : kind
  const where = namespace === 'default' || namespace === GROUP ? '' : ` · ${namespace}`
  return (change === null ? '' : `${change} · `) + is + where
}

/** All that a picture says of an asset, as a sentence. */
export function spoken(
  node: PlacedNode,
  { upstream, downstream }: { upstream: number; downstream: number },
): string {
  const { key, status, unseen } = node
  const parts = [
    key,
    detailOf(node),
    status === null ? '' : STATUS_WORDS[status],
    `${upstream} upstream`,
    `${downstream} downstream`,
  ]
  if (unseen.upstream > 0) parts.push(`${unseen.upstream} more upstream not shown`)
  if (unseen.downstream > 0) parts.push(`${unseen.downstream} more downstream not shown`)
  return parts.filter((part) => part !== '').join(', ')
}
