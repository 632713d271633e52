import {
  Button,
  Group,
  Input,
  Label,
  NumberField,
  ToggleButton,
  ToggleButtonGroup,
} from 'react-aria-components'
import type { Walk } from '../api/queries.js'
import styles from './WalkControls.module.css'

const DIRECTIONS: [Walk['direction'], string][] = [
  ['UPSTREAM', 'Upstream'],
  ['BOTH', 'Both'],
  ['DOWNSTREAM', 'Downstream'],
]

/** Which way to walk, and how far. */
export function WalkControls({ walk, onChange }: { walk: Walk; onChange: (walk: Walk) => void }) {
  const { direction, depth } = walk
  return (
    <div className={styles.controls}>
      <ToggleButtonGroup
        aria-label="Direction"
        className={styles.group}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[direction]}
        onSelectionChange={(keys) => {
          const [chosen] = DIRECTIONS.find(([one]) => keys.has(one)) ?? [direction]
          onChange({ direction: chosen, depth })
        }}
      >
        {DIRECTIONS.map(([id, word]) => (
          <ToggleButton key={id} id={id} className={styles.button}>
            {word}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <NumberField
        className={styles.depth}
        value={depth}
        minValue={1}
        maxValue={100}
        onChange={(chosen) => onChange({ direction, depth: Number.isNaN(chosen) ? depth : chosen })}
      >
        <Label>Depth</Label>
        <Group className={styles.group}>
          <Button slot="decrement" className={styles.button}>
            −
          </Button>
          <Input className={styles.number} />
          <Button slot="increment" className={styles.button}>
            +
          </Button>
        </Group>
      </NumberField>
    </div>
  )
}
