import { useState } from 'react'
import { Button } from 'react-aria-components'
import { currentSession, sessionFetch } from '../../session/session.js'
import { exportLink } from '../export-links.js'
import { queryText } from '../query-text.js'
import type { AssetSearch } from '../search.js'
import styles from './controls.module.css'
import { Menu } from './Menu.js'

/** Makes a picture of what is shown; null where none is drawn. */
export type PictureMaker = (format: 'png' | 'svg') => Promise<Blob>

const EXPORTS = [
  ['csv', 'CSV', 'csv'],
  ['mermaid', 'Mermaid', 'mmd'],
  ['ndjson', 'NDJSON', 'ndjson'],
] as const

interface Props {
  search: AssetSearch
  makePicture: PictureMaker | null
}

/** What is shown, to take along. */
export function ShareMenu({ search, makePicture }: Props) {
  const [said, setSaid] = useState('')
  const copy = async (text: string, what: string) => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid(`${what} copied.`)
    } catch {
      setSaid('This browser does not let the page copy.')
    }
  }
  const save = async (format: 'png' | 'svg') => {
    try {
      if (makePicture !== null) download(await makePicture(format), `${fileNameOf(search.key)}.${format}`)
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    }
  }
  const saveExport = async (link: string, name: string) => {
    setSaid('Exporting…')
    try {
      const response = await sessionFetch(link)
      if (!response.ok) throw new Error(`The server answered ${response.status}.`)
      download(await response.blob(), name)
      setSaid('')
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    }
  }
  const file = fileNameOf(search.key)
  return (
    <Menu name="Share">
      <div className={styles.set}>
        <span className={styles.title}>The view</span>
        <div className={styles.row}>
          <Button className="quiet" onPress={() => void copy(window.location.href, 'The address is')}>
            Copy address
          </Button>
          <Button className="quiet" onPress={() => void copy(queryText(search), 'The query is')}>
            Copy GraphQL query
          </Button>
        </div>
      </div>
      {makePicture === null ? null : (
        <div className={styles.set}>
          <span className={styles.title}>The picture</span>
          <div className={styles.row}>
            <Button className="quiet" onPress={() => void save('png')}>
              PNG
            </Button>
            <Button className="quiet" onPress={() => void save('svg')}>
              SVG
            </Button>
          </div>
        </div>
      )}
      <div className={styles.set}>
        <span className={styles.title}>The whole walk, to depth {search.depth}</span>
        <div className={styles.row}>
          {EXPORTS.map(([format, word, extension]) => (
            <a
              key={format}
              className={`quiet ${styles.link}`}
              href={exportLink(search, format)}
              download={`${file}.${extension}`}
              onClick={(event) => {
                // A link shows no token.
                if (currentSession().token === null) return
                event.preventDefault()
                void saveExport(exportLink(search, format), `${file}.${extension}`)
              }}
            >
              {word}
            </a>
          ))}
        </div>
      </div>
      <p role="status" className={styles.note}>
        {said}
      </p>
    </Menu>
  )
}

const fileNameOf = (key: string) => `lineage-${key.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}`

function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it only after this.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
