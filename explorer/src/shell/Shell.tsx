import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components'
import { SignIn } from '../session/SignIn.js'
import { currentSession, signOut, subscribe } from '../session/session.js'
import { LiveMark } from './LiveMark.js'
import { OfflineNotice } from './OfflineNotice.js'
import { SearchBox } from './SearchBox.js'
import styles from './Shell.module.css'
import { ThemeSwitch } from './ThemeSwitch.js'

/** What stands around every page. */
export function Shell() {
  const { token, isAsked } = useSyncExternalStore(subscribe, currentSession)
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.name}>
          Headwater
        </Link>
        <div className={styles.search}>{isAsked ? null : <SearchBox />}</div>
        <nav className={styles.links} aria-label="Elsewhere">
          <Link to="/browse" search={{ selection: '' }}>
            Assets
          </Link>
          <a href="/graphql">GraphiQL</a>
          <LiveMark />
          {token === null || isAsked ? null : <SignOutButton />}
          <ThemeSwitch />
        </nav>
      </header>
      <OfflineNotice />
      <main id="content" className={styles.content}>
        {isAsked ? <SignIn key={token} /> : <Outlet />}
      </main>
    </>
  )
}

/** What was answered goes with the token. */
function SignOutButton() {
  const queries = useQueryClient()
  return (
    <Button
      className="quiet"
      onPress={() => {
        signOut()
        queries.clear()
      }}
    >
      Sign out
    </Button>
  )
}
