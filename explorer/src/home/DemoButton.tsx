import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, Label, ProgressBar } from 'react-aria-components'
import styles from './DemoButton.module.css'
import { recordDemo } from './record-demo.js'

/** Records a week of a made-up pipeline, as `headwater demo` does. Pressed again, it records nothing twice. */
export function DemoButton() {
  const queries = useQueryClient()
  const [done, setDone] = useState(0)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => recordDemo(setDone),
    onSuccess: () => queries.invalidateQueries(),
  })
  return (
    <div className={styles.demo}>
      <p>
        A week of a made-up pipeline that reads insurance claims: about 330 materializations of 14 assets.
      </p>
      {isPending ? (
        <ProgressBar value={done * 100} className={styles.progress}>
          <Label>Recording the demo</Label>
          <progress value={done} max={1} aria-hidden="true" />
        </ProgressBar>
      ) : (
        <Button className="button" onPress={() => mutate()}>
          Load the demo
        </Button>
      )}
      {error === null ? null : <p role="alert">The demo could not be recorded. {error.message}</p>}
    </div>
  )
}
