import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { found } from '../api/queries.js'
import { AssetLabel } from '../ui/AssetLabel.js'
import styles from './SearchBox.module.css'

/** Finds an asset as its name is typed; `/` from anywhere on the page comes here. */
export function SearchBox() {
  const [text, setText] = useState('')
  const query = useDeferredValue(text.trim())
  const { data, error, isFetching } = useQuery(found(query))
  const navigate = useNavigate()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isEditing(event.target)) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const hits = query === '' ? [] : (data?.hits ?? [])
  const names = new Map(hits.map(({ asset }) => [nameOf(asset), asset]))
  return (
    <ComboBox
      className={styles.box}
      inputValue={text}
      onInputChange={setText}
      items={hits.map((hit) => ({ ...hit, id: nameOf(hit.asset) }))}
      // By what is typed, not by what is asked a moment later: the list opens only as something is typed.
      allowsEmptyCollection={text.trim() !== ''}
      allowsCustomValue
      menuTrigger="input"
      onSelectionChange={(id) => {
        const asset = names.get(String(id))
        if (asset === undefined) return
        setText('')
        input.current?.blur()
        const { namespace, key } = asset
        void navigate({ to: '/asset', search: { namespace, key, direction: 'BOTH', depth: 2 } })
      }}
    >
      <Label className="hidden">Find an asset</Label>
      <Input ref={input} className={styles.input} placeholder="Find an asset  ( / )" spellCheck={false} />
      <Popover className={styles.popover} offset={4}>
        <ListBox
          className={styles.list}
          renderEmptyState={() => (
            <p className={styles.note}>
              {error !== null ? error.message : isFetching ? 'Looking…' : 'Nothing is called so.'}
            </p>
          )}
        >
          {({ asset }: (typeof hits)[number] & { id: string }) => (
            <ListBoxItem id={nameOf(asset)} textValue={asset.key} className={styles.item}>
              <AssetLabel asset={asset} />
            </ListBoxItem>
          )}
        </ListBox>
        {data !== undefined && !data.complete && hits.length > 0 ? (
          <p className={styles.note}>There are more. Say more of the name.</p>
        ) : null}
      </Popover>
    </ComboBox>
  )
}

const nameOf = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}\u0001${key}`

function isEditing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
