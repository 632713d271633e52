import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { details } from '../api/queries.js'
import { GROUP } from '../graph/model/folded.js'
import { idOf } from '../graph/model/graph.js'
import { useRecordings } from '../live/recordings.js'
import { Failure, isLasting } from '../ui/Failure.js'
import { Loading } from '../ui/Loading.js'
import { Sentence } from '../ui/Sentence.js'
import styles from './AssetPage.module.css'
import { AssetPanel } from './AssetPanel.js'
import { Completeness } from './Completeness.js'
import { FilterMenu } from './controls/FilterMenu.js'
import { type PictureMaker, ShareMenu } from './controls/ShareMenu.js'
import { TimeMenu } from './controls/TimeMenu.js'
import { LineageList } from './LineageList.js'
import type { AssetSearch, NameParts } from './search.js'
import { useLineage } from './useLineage.js'
import { WalkControls } from './WalkControls.js'

const route = getRouteApi('/asset')
/** Loaded when a graph is to be seen. */
const GraphView = lazy(() => import('../graph/GraphView.js'))

/** An asset: what lies around it, and all that is known of it. */
export function AssetPage() {
  const search = route.useSearch()
  const { namespace, key, direction, depth } = search
  const navigate = route.useNavigate()
  const { data: asset, error, isPending } = useQuery(details({ namespace, key }))
  const { lineage, error: walkError, isBusy } = useLineage(search)
  const shownIds = useMemo(
    () => new Set([idOf({ namespace, key }), ...(lineage?.whole.nodes.map(({ id }) => id) ?? [])]),
    [namespace, key, lineage],
  )
  useRecordings({ isShown: (name) => shownIds.has(idOf(name)) }, lineage !== null || walkError !== null)
  const [makePicture, setMakePicture] = useState<PictureMaker | null>(null)
  const change = useCallback(
    (changes: Partial<AssetSearch>, isStep = false) =>
      void navigate({ search: (before) => ({ ...before, ...changes }), replace: isStep, resetScroll: false }),
    [navigate],
  )
  const startAt = useCallback(
    ([toNamespace, toKey]: NameParts) =>
      void navigate({
        search: ({ selected: _, opened: __, from: ___, to: ____, limit: _____, ...before }) => ({
          ...before,
          namespace: toNamespace,
          key: toKey,
        }),
      }),
    [navigate],
  )
  useEffect(() => {
    document.title = key === '' ? 'Headwater' : `${key} · Headwater`
  }, [key])
  if (isPending) return <Loading what={key} />
  if (asset === undefined || isLasting(error)) return <Failure error={error} />
  if (asset === null)
    return (
      <Sentence title={`There is no asset ${key}`}>
        Nothing has been recorded under this name in the namespace {namespace}, nor named as what something
        was made from.
      </Sentence>
    )
  return (
    <div className={styles.page}>
      <section className={styles.lineage} aria-labelledby="lineage">
        <header className={styles.head}>
          <h1 id="lineage">Lineage of {asset.key}</h1>
          <WalkControls walk={{ direction, depth }} onChange={change} />
        </header>
        {walkError !== null && lineage === null ? (
          <Sentence title="The lineage could not be walked">{walkError.message}</Sentence>
        ) : (
          <Tabs
            className={styles.tabs}
            selectedKey={search.view ?? 'graph'}
            onSelectionChange={(view) => change({ view: view === 'list' ? 'list' : undefined })}
          >
            <div className={styles.bar}>
              <TabList aria-label="Show as" className={styles.tabList}>
                <Tab id="graph" className={styles.tab}>
                  Graph
                </Tab>
                <Tab id="list" className={styles.tab}>
                  List
                </Tab>
              </TabList>
              <div className={styles.menus}>
                {lineage === null ? null : <FilterMenu search={search} lineage={lineage} onChange={change} />}
                <TimeMenu search={search} onChange={change} />
                <ShareMenu search={search} makePicture={search.view === 'list' ? null : makePicture} />
              </div>
            </div>
            {walkError === null || (lineage !== null && !isLasting(walkError)) ? null : (
              <p role="alert">{walkError.message}</p>
            )}
            {lineage === null ? null : <Completeness lineage={lineage} search={search} onChange={change} />}
            <TabPanel id="graph" className={styles.panel}>
              <Suspense fallback={<Loading what="the graph" />}>
                <GraphView
                  search={search}
                  lineage={lineage}
                  isBusy={isBusy}
                  onChange={change}
                  onRoot={startAt}
                  onPicture={setMakePicture}
                />
              </Suspense>
            </TabPanel>
            <TabPanel id="list" className={styles.panel} aria-busy={isBusy}>
              {lineage === null ? (
                <Loading what="its lineage" />
              ) : (
                <LineageList lineage={lineage} search={search} />
              )}
            </TabPanel>
          </Tabs>
        )}
      </section>
      <Selected search={search} root={asset} />
    </div>
  )
}

/** The panel of what is selected, of the root where nothing is. */
function Selected({
  search,
  root,
}: {
  search: AssetSearch
  root: Parameters<typeof AssetPanel>[0]['asset']
}) {
  const [namespace, key] = search.selected ?? [search.namespace, search.key]
  const isRoot = namespace === GROUP || (namespace === search.namespace && key === search.key)
  const { data } = useQuery({
    ...details({ namespace, key }),
    enabled: !isRoot,
    placeholderData: keepPreviousData,
  })
  const asset = isRoot ? root : data
  if (asset == null)
    return <aside aria-label="About what is selected">{data === null ? null : <Loading what={key} />}</aside>
  const askedFor = isRoot ? search : asset
  return <AssetPanel asset={asset} askedFor={askedFor} />
}
