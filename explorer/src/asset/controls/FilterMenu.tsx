import { Checkbox, CheckboxGroup, Label, Radio, RadioGroup } from 'react-aria-components'
import { type Grouping, groupsOf } from '../../graph/model/folded.js'
import type { Graph, GraphNode } from '../../graph/model/graph.js'
import type { AssetSearch } from '../search.js'
import type { Lineage } from '../useLineage.js'
import styles from './controls.module.css'
import { Menu } from './Menu.js'

/** So many kinds, namespaces or groups can be chosen from, the largest. */
const MOST_CHOICES = 40

interface Props {
  search: AssetSearch
  lineage: Lineage
  onChange: (change: Partial<AssetSearch>) => void
}

/** What is hidden, and what is put together. */
export function FilterMenu({ search, lineage, onChange }: Props) {
  const hiddenCount = (search.hiddenKinds?.length ?? 0) + (search.hiddenNamespaces?.length ?? 0)
  const state = [
    hiddenCount > 0 ? `${hiddenCount} hidden` : null,
    search.group === undefined ? null : `by ${search.group}`,
  ].filter((part) => part !== null)
  const groups = search.group === undefined ? [] : groupsOf(lineage.whole, search.group)
  return (
    <Menu name="Filter" state={state.length === 0 ? undefined : state.join(', ')}>
      <Shown
        title="Kinds"
        sizes={sizesOf(lineage.whole, ({ kind }) => kind)}
        hidden={search.hiddenKinds}
        onHide={(hiddenKinds) => onChange({ hiddenKinds })}
      />
      <Shown
        title="Namespaces"
        sizes={sizesOf(lineage.whole, ({ namespace }) => namespace)}
        hidden={search.hiddenNamespaces}
        onHide={(hiddenNamespaces) => onChange({ hiddenNamespaces })}
      />
      <p className={styles.note}>What is hidden still connects what it did.</p>
      <RadioGroup
        className={styles.set}
        value={search.group ?? 'none'}
        onChange={(value) =>
          onChange({ group: value === 'none' ? undefined : (value as Grouping), unfolded: undefined })
        }
      >
        <Label className={styles.title}>Group by</Label>
        {[
          ['none', 'Nothing'],
          ['namespace', 'Namespace'],
          ['prefix', 'First part of the key'],
        ].map(([value, word]) => (
          <Radio key={value} value={value ?? ''} className={styles.choice ?? ''}>
            <span className={styles.dot} /> {word}
          </Radio>
        ))}
      </RadioGroup>
      {groups.length === 0 ? null : (
        <Shown
          title="Folded groups"
          sizes={groups}
          hidden={search.unfolded}
          onHide={(unfolded) => onChange({ unfolded })}
        />
      )}
    </Menu>
  )
}

/** Boxes that are ticked but for those that are hidden. */
function Shown({
  title,
  sizes,
  hidden = [],
  onHide,
}: {
  title: string
  sizes: readonly [name: string, size: number][]
  hidden: readonly string[] | undefined
  onHide: (hidden: string[] | undefined) => void
}) {
  const names = sizes.slice(0, MOST_CHOICES).map(([name]) => name)
  return (
    <CheckboxGroup
      className={styles.set}
      value={names.filter((name) => !hidden.includes(name))}
      onChange={(ticked) => {
        const left = [
          ...hidden.filter((name) => !names.includes(name)),
          ...names.filter((name) => !ticked.includes(name)),
        ]
        onHide(left.length === 0 ? undefined : left)
      }}
    >
      <Label className={styles.title}>{title}</Label>
      {sizes.slice(0, MOST_CHOICES).map(([name, size]) => (
        <Checkbox key={name} value={name} className={styles.choice ?? ''}>
          {({ isSelected }) => (
            <>
              <span className={styles.box} aria-hidden="true">
                {isSelected ? '✓' : ''}
              </span>{' '}
              {name}
              <span className={styles.count}>{size.toLocaleString()}</span>
            </>
          )}
        </Checkbox>
      ))}
      {sizes.length > MOST_CHOICES ? <p className={styles.note}>The {MOST_CHOICES} largest.</p> : null}
    </CheckboxGroup>
  )
}

function sizesOf({ nodes }: Graph, of: (node: GraphNode) => string): [string, number][] {
  const sizes = new Map<string, number>()
  for (const node of nodes) sizes.set(of(node), (sizes.get(of(node)) ?? 0) + 1)
  return [...sizes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}
