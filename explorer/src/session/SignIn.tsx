import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, Form, Input, Label, TextField } from 'react-aria-components'
import styles from './SignIn.module.css'
import { currentSession, signIn } from './session.js'

/** Asks for a token. */
export function SignIn() {
  const [text, setText] = useState('')
  const queries = useQueryClient()
  const isRefused = currentSession().token !== null
  return (
    <Form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (!/^[!-~]+$/.test(text.trim())) return
        queries.clear()
        signIn(text.trim())
      }}
    >
      <h1>Sign in</h1>
      <p>
        This server asks who you are. Paste a token, as <code>headwater token create</code> makes it. It is
        kept until this tab is closed.
      </p>
      <TextField className={styles.field} value={text} onChange={setText} type="password" isRequired>
        <Label>Token</Label>
        <Input className={styles.input} autoComplete="off" spellCheck={false} autoFocus />
      </TextField>
      {isRefused ? (
        <p role="alert">The server does not take this token: it is not valid, or no more.</p>
      ) : null}
      <Button type="submit" className="button">
        Sign in
      </Button>
    </Form>
  )
}
