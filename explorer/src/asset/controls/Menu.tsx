import type { ReactNode } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import styles from './controls.module.css'

/** A button that opens what there is to choose; `state` says what is chosen. */
export function Menu({
  name,
  state,
  children,
}: {
  name: string
  state?: string | undefined
  children: ReactNode
}) {
  return (
    <DialogTrigger>
      <Button className="quiet">
        {name}
        {state === undefined ? null : <span className={styles.state}> · {state}</span>}
      </Button>
      <Popover className={styles.popover} offset={4}>
        <Dialog aria-label={name} className={styles.dialog}>
          {children}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
