import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Button, Form, Input, Label, TextField } from 'react-aria-components'
import { useRecordings } from '../live/recordings.js'
import { AssetLabel } from '../ui/AssetLabel.js'
import { isLasting } from '../ui/Failure.js'
import { Loading } from '../ui/Loading.js'
import styles from '../ui/Page.module.css'
import { Sentence } from '../ui/Sentence.js'
import own from './BrowsePage.module.css'
import { selected } from './queries.js'

const route = getRouteApi('/browse')

const OFTEN: [string, string][] = [
  ['All', ''],
  ['Stale', 'status:stale and not status:retired'],
  ['Fresh', 'status:fresh and not status:retired'],
  ['Never materialized', 'status:missing'],
  ['Retired', 'status:retired'],
]

/** All assets, or those that a selection selects. */
export function BrowsePage() {
  const { selection } = route.useSearch()
  const navigate = route.useNavigate()
  const select = (chosen: string) => void navigate({ search: { selection: chosen } })
  useEffect(() => {
    document.title = 'Assets · Headwater'
  }, [])
  return (
    <article className={styles.page}>
      <header className={own.head}>
        <h1>Assets</h1>
        <SelectionField key={selection} selection={selection} onSelect={select} />
        <fieldset className={own.often}>
          <legend className="hidden">Often asked for</legend>
          {OFTEN.map(([word, chosen]) => (
            <Button
              key={word}
              className="quiet"
              aria-current={chosen === selection ? 'true' : undefined}
              onPress={() => select(chosen)}
            >
              {word}
            </Button>
          ))}
        </fieldset>
      </header>
      <Selected selection={selection} />
    </article>
  )
}

function SelectionField({ selection, onSelect }: { selection: string; onSelect: (chosen: string) => void }) {
  const [text, setText] = useState(selection)
  return (
    <Form
      className={own.form}
      onSubmit={(event) => {
        event.preventDefault()
        onSelect(text.trim())
      }}
    >
      <TextField className={own.field} value={text} onChange={setText}>
        <Label className={styles.soft}>
          Selection, such as <code>kind:text</code>, <code>namespace:lake</code>, <code>owner:me</code> or{' '}
          <code>+"ocr/*"</code>, put together by <code>and</code>, <code>or</code> and <code>not</code>
        </Label>
        <Input className={own.input} spellCheck={false} />
      </TextField>
      <Button type="submit" className="button">
        Select
      </Button>
    </Form>
  )
}

function Selected({ selection }: { selection: string }) {
  const { data, error, isPending, isPlaceholderData, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery(selected(selection))
  const assets = data?.pages.flatMap(({ nodes }) => nodes) ?? []
  useRecordings({
    isShown: (asset) =>
      assets.some(({ namespace, key }) => namespace === asset.namespace && key === asset.key),
  })
  if (isPending) return <Loading what="assets" />
  if (data === undefined || isLasting(error))
    return <Sentence title="That could not be selected">{error?.message}</Sentence>
  const total = data.pages[0]?.totalCount ?? 0
  if (total === 0) return <Sentence title="Nothing fits">No asset that is recorded is selected.</Sentence>
  return (
    <section aria-label="Selected assets" aria-busy={isPlaceholderData}>
      <p className={styles.soft} role="status">
        {assets.length === total
          ? `All of them: ${total.toLocaleString()}.`
          : `${assets.length.toLocaleString()} of ${total.toLocaleString()} shown.`}
      </p>
      <ul className={styles.rows}>
        {assets.map((asset) => (
          <li key={`${asset.namespace}\u0001${asset.key}`}>
            <Link
              to="/asset"
              search={{ namespace: asset.namespace, key: asset.key, direction: 'BOTH', depth: 2 }}
              className={own.line}
            >
              <AssetLabel asset={asset} />
            </Link>
          </li>
        ))}
      </ul>
      {hasNextPage ? (
        <Button className="quiet" isDisabled={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </section>
  )
}
