import { Link, Outlet } from '@tanstack/react-router'
import { OfflineNotice } from './OfflineNotice.js'
import { SearchBox } from './SearchBox.js'
import styles from './Shell.module.css'
import { ThemeSwitch } from './ThemeSwitch.js'

/** What stands around every page. */
export function Shell() {
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.name}>
          Headwater
        </Link>
        <div className={styles.search}>
          <SearchBox />
        </div>
        <nav className={styles.links} aria-label="Elsewhere">
          <Link to="/browse" search={{ selection: '' }}>
            Assets
          </Link>
          <a href="/graphql">GraphiQL</a>
          <ThemeSwitch />
        </nav>
      </header>
      <OfflineNotice />
      <main id="content" className={styles.content}>
        <Outlet />
      </main>
    </>
  )
}
