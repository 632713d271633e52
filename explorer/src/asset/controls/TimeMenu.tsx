import { Button } from 'react-aria-components'
import type { AssetSearch } from '../search.js'
import styles from './controls.module.css'
import { Menu } from './Menu.js'

const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const DAY = 24 * 60 * 60 * 1000

interface Props {
  search: AssetSearch
  onChange: (change: Partial<AssetSearch>) => void
}

/** As of when, and compared with when. */
export function TimeMenu({ search: { asOf, since }, onChange }: Props) {
  const say = (at: string) => SHORT.format(new Date(at))
  const state =
    since !== undefined
      ? `${say(since)} – ${say(asOf ?? since)}`
      : asOf !== undefined
        ? `as of ${say(asOf)}`
        : undefined
  return (
    <Menu name="Time" state={state}>
      <Field
        name="As of"
        value={asOf}
        onChange={(at) => onChange({ asOf: at, ...(at === undefined ? { since: undefined } : {}) })}
      />
      <Field
        name="Compared with"
        value={since}
        onChange={(at) => onChange({ since: at, asOf: asOf ?? new Date().toISOString() })}
      />
      <p className={styles.note}>
        Compared: what the latest materializations were made from, then and then. What has gone is drawn as a
        ghost.
      </p>
      <div className={styles.row}>
        <Button
          className="quiet"
          onPress={() => {
            const to = asOf ?? new Date().toISOString()
            onChange({ asOf: to, since: new Date(Date.parse(to) - 7 * DAY).toISOString() })
          }}
        >
          A week before
        </Button>
        <Button className="quiet" onPress={() => onChange({ asOf: undefined, since: undefined })}>
          Now
        </Button>
      </div>
    </Menu>
  )
}

function Field({
  name,
  value,
  onChange,
}: {
  name: string
  value: string | undefined
  onChange: (at: string | undefined) => void
}) {
  return (
    <label className={styles.field}>
      <span className={styles.title}>{name}</span>
      <input
        type="datetime-local"
        step={1}
        value={value === undefined ? '' : localOf(value)}
        onChange={({ target }) => {
          const at = new Date(target.value)
          onChange(target.value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString())
        }}
      />
    </label>
  )
}

/** As the field has it: the time here, to the second. */
function localOf(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
