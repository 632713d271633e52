import { Button } from 'react-aria-components'
import type { AssetSearch } from '../asset/search.js'
import type { Lineage } from '../asset/useLineage.js'
import type { PlacedNode } from './draw/scene.js'
import { Legend } from './Legend.js'
import { GROUP } from './model/folded.js'
import styles from './SelectionBar.module.css'

interface Props {
  node: PlacedNode | null
  isRoot: boolean
  search: AssetSearch
  lineage: Lineage | null
  onToggle: (node: PlacedNode, way: 'upstream' | 'downstream') => void
  onOpen: (node: PlacedNode) => void
  onChange: (change: Partial<AssetSearch>) => void
}

/** What can be done with what is selected; else what the marks mean. */
export function SelectionBar({ node, isRoot, search, lineage, onToggle, onOpen, onChange }: Props) {
  if (search.from !== undefined) return <PathBar search={search} lineage={lineage} onChange={onChange} />
  if (node === null)
    return (
      <Legend
        isCompared={search.since !== undefined}
        hasCycle={lineage?.shown.edges.some(({ isBack }) => isBack) === true}
      />
    )
  const isGroup = node.namespace === GROUP
  return (
    <div className={styles.bar}>
      <strong className={styles.key}>{node.key}</strong>
      <span className={styles.actions}>
        {isGroup ? (
          <Button className="quiet" onPress={() => onOpen(node)}>
            Unfold {node.members.toLocaleString()} assets
          </Button>
        ) : (
          <>
            <ExpandButton node={node} way="upstream" onToggle={onToggle} />
            <ExpandButton node={node} way="downstream" onToggle={onToggle} />
            <Button
              className="quiet"
              onPress={() => onChange({ from: [node.namespace, node.key], to: undefined })}
            >
              Path from here
            </Button>
            {isRoot ? null : (
              <Button className="quiet" onPress={() => onOpen(node)}>
                Start here
              </Button>
            )}
          </>
        )}
      </span>
    </div>
  )
}

function ExpandButton({
  node,
  way,
  onToggle,
}: {
  node: PlacedNode
  way: 'upstream' | 'downstream'
  onToggle: Props['onToggle']
}) {
  const isOpen = way === 'upstream' ? node.isOpenUpstream : node.isOpenDownstream
  const count = node.unseen[way]
  if (!isOpen && count <= 0) return null
  return (
    <Button className="quiet" onPress={() => onToggle(node, way)}>
      {isOpen ? `Collapse ${way}` : `+${count.toLocaleString()} ${way}`}
    </Button>
  )
}

function PathBar({ search, lineage, onChange }: Pick<Props, 'search' | 'lineage' | 'onChange'>) {
  const [from, to] = [search.from?.[1] ?? '', search.to?.[1] ?? '']
  const hops = lineage?.path?.size
  return (
    <div className={styles.bar}>
      <span role="status" className={styles.key}>
        {search.to === undefined
          ? `Path from ${from}: pick its other end.`
          : lineage?.hasNoPath === true
            ? `No path joins ${from} and ${to}.`
            : hops === undefined
              ? 'Looking for a path…'
              : `Shortest path between ${from} and ${to}: ${hops} ${hops === 1 ? 'hop' : 'hops'}.`}
      </span>
      <span className={styles.actions}>
        <Button className="quiet" onPress={() => onChange({ from: undefined, to: undefined })}>
          {search.to === undefined ? 'Cancel' : 'Close path'}
        </Button>
      </span>
    </div>
  )
}
