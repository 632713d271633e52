import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import type { PictureMaker } from '../asset/controls/ShareMenu.js'
import type { AssetSearch, NameParts, OpenedPart } from '../asset/search.js'
import { idOfParts, type Lineage } from '../asset/useLineage.js'
import { Sentence } from '../ui/Sentence.js'
import { type PlacedNode, stepFrom } from './draw/scene.js'
import { spoken } from './draw/words.js'
import { pictureOf } from './export/picture.js'
import { GraphCanvas, type ViewHandle } from './GraphCanvas.js'
import styles from './GraphView.module.css'
import { LayoutProgress } from './LayoutProgress.js'
import { Minimap, type MinimapHandle } from './Minimap.js'
import { GROUP } from './model/folded.js'
import { idOf, neighboursOf, reachedFrom } from './model/graph.js'
import { SelectionBar } from './SelectionBar.js'
import { Tip } from './Tip.js'
import { usePalette } from './usePalette.js'
import { usePulses } from './usePulses.js'
import { useRested } from './useRested.js'
import { useScene } from './useScene.js'

interface Props {
  search: AssetSearch
  lineage: Lineage | null
  isBusy: boolean
  /** `isStep`: of a walk by keys, which makes no history. */
  onChange: (change: Partial<AssetSearch>, isStep?: boolean) => void
  /** Starts at another asset. */
  onRoot: (name: NameParts) => void
  /** Is told how to make a picture of what is shown. */
  onPicture: (make: (() => PictureMaker | null) | null) => void
}

const STEPS = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' } as const
/** So many cards are drawn anew at once. */
const LARGE = 1_000
const NONE: ReadonlySet<string> = new Set()
const partsOf = ({ namespace, key }: { namespace: string; key: string }): NameParts => [namespace, key]

/** The lineage as a picture to walk in, by pointer and by keys. */
export default function GraphView({ search, lineage, isBusy, onChange, onRoot, onPicture }: Props) {
  const palette = usePalette()
  const opened = useMemo(() => openedOf(search.opened ?? []), [search.opened])
  const [tidied, setTidied] = useState(0)
  const { namespace, key, direction, depth, limit, asOf, since, group, hiddenKinds, hiddenNamespaces } =
    search
  const {
    scene,
    view: seen,
    progress,
    error,
    addedCount,
  } = useScene(
    lineage,
    opened,
    tidied,
    JSON.stringify([
      namespace,
      key,
      direction,
      depth,
      limit,
      asOf,
      since,
      group,
      hiddenKinds,
      hiddenNamespaces,
    ]),
    JSON.stringify(search.unfolded),
  )
  const pulses = usePulses()
  const [hovered, setHovered] = useState<string | null>(null)
  const view = useRef<ViewHandle>(null)
  const map = useRef<MinimapHandle>(null)
  const rootId = lineage?.whole.nodes[0]?.id ?? idOf(search)
  const selectedId = search.selected === undefined ? null : idOfParts(search.selected)
  const selected = selectedId === null ? null : (scene?.byId.get(selectedId) ?? null)
  const neighbours = useMemo(() => neighboursOf(scene ?? { edges: [] }), [scene])
  const path = lineage?.path ?? null
  // A large picture takes a moment to draw: not for every card that the pointer passes.
  const around = useRested(hovered, (scene?.nodes.length ?? 0) > LARGE ? 120 : 0)
  const look = useMemo(() => {
    const lit =
      around === null
        ? pathNodes(path)
        : new Set([
            ...reachedFrom(around, neighbours.upstream),
            ...reachedFrom(around, neighbours.downstream),
          ])
    return { root: rootId, selected: selectedId, lit, path: path ?? NONE }
  }, [around, path, neighbours, rootId, selectedId])

  useEffect(() => {
    if (scene === null) return
    const title = `Lineage of ${search.key}`
    onPicture(() => (format) => pictureOf([scene, { ...look, selected: null }, palette, title], format))
    return () => onPicture(null)
  }, [scene, look, palette, search.key, onPicture])

  useEffect(() => {
    const onPath = pathNodes(path)
    if (onPath !== null) view.current?.show(onPath)
  }, [path])

  const pick = (node: PlacedNode, isStep = false) => {
    const isEnd = search.from !== undefined && search.to === undefined && node.namespace !== GROUP
    onChange(
      {
        selected: partsOf(node),
        ...(isEnd && !isStep && idOfParts(search.from ?? ['', '']) !== node.id ? { to: partsOf(node) } : {}),
      },
      isStep,
    )
  }
  const open = (node: PlacedNode) => {
    if (node.namespace === GROUP) onChange({ unfolded: [...(search.unfolded ?? []), node.key] })
    else onRoot(partsOf(node))
  }
  const toggle = (node: PlacedNode, way: 'upstream' | 'downstream') => {
    if (node.namespace === GROUP) return open(node)
    const others = (search.opened ?? []).filter(
      (part) => part[0] !== way || idOfParts([part[1], part[2]]) !== node.id,
    )
    const wasOpen = others.length < (search.opened?.length ?? 0)
    const parts: OpenedPart[] = wasOpen ? others : [...others, [way, ...partsOf(node)]]
    onChange({ opened: parts.length === 0 ? undefined : parts })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (
      scene === null ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.target !== event.currentTarget
    )
      return
    const start = selected ?? scene.byId.get(rootId) ?? scene.nodes[0]
    const way = STEPS[event.key as keyof typeof STEPS]
    if (way !== undefined) {
      const next = selected === null ? start : stepFrom(scene, selected.id, way)
      if (next != null) {
        pick(next, true)
        view.current?.reveal(next.id)
      }
    } else if (event.key === 'Enter' && start !== undefined) {
      if (search.from !== undefined && search.to === undefined) pick(start)
      else open(start)
    } else if (event.key === 'u' && start !== undefined) toggle(start, 'upstream')
    else if (event.key === 'd' && start !== undefined) toggle(start, 'downstream')
    else if (event.key === '+' || event.key === '=') view.current?.zoomBy(1.3)
    else if (event.key === '-') view.current?.zoomBy(1 / 1.3)
    else if (event.key === '0') view.current?.fit()
    else if (event.key === 'Escape') onChange({ from: undefined, to: undefined })
    else return
    event.preventDefault()
  }
  if (error !== null) return <Sentence title="The graph could not be drawn">{error.message}</Sentence>
  const says = selected === null ? '' : spoken(selected, countsOf(selected, neighbours))
  const hoveredNode = hovered === null ? null : (scene?.byId.get(hovered) ?? null)
  return (
    <div className={styles.frame}>
      <div
        className={styles.stage}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk in it.
        tabIndex={0}
        aria-label={`Lineage graph of ${search.key}`}
        aria-describedby="graph-keys"
        aria-busy={isBusy || progress !== null}
        data-nodes={scene?.nodes.length ?? 0}
        data-edges={scene?.edges.length ?? 0}
        onKeyDown={onKeyDown}
      >
        {scene === null ? null : (
          <>
            <GraphCanvas
              ref={view}
              scene={scene}
              look={look}
              palette={palette}
              pulses={pulses}
              seen={seen}
              onView={(to, width, height) => map.current?.show(to, width, height)}
              onPick={pick}
              onOpen={open}
              onBadge={toggle}
              onHover={(node) => setHovered(node?.id ?? null)}
            />
            <Minimap ref={map} scene={scene} palette={palette} onGo={(x, y) => view.current?.centre(x, y)} />
          </>
        )}
        <LayoutProgress isLoading={isBusy} done={progress} count={lineage?.shown.nodes.length ?? 0} />
        {hoveredNode === null ? null : <Tip node={hoveredNode} />}
        <p className={styles.added} role="status">
          {addedCount === 0
            ? null
            : `${addedCount.toLocaleString()} new ${addedCount === 1 ? 'asset' : 'assets'}, beside what was there. Tidy lays all out anew.`}
        </p>
        <fieldset className={styles.zoom} aria-label="View">
          <Button aria-label="Zoom in" onPress={() => view.current?.zoomBy(1.4)}>
            +
          </Button>
          <Button aria-label="Zoom out" onPress={() => view.current?.zoomBy(1 / 1.4)}>
            −
          </Button>
          <Button onPress={() => view.current?.fit()}>Fit</Button>
          {search.opened === undefined && addedCount === 0 ? null : (
            <Button aria-label="Lay out anew" onPress={() => setTidied(tidied + 1)}>
              Tidy
            </Button>
          )}
        </fieldset>
      </div>
      <p id="graph-keys" className="hidden">
        Arrow keys walk: left upstream, right downstream, up and down within a column. Enter starts at the
        selected asset. U and D show or hide its neighbours upstream and downstream. Plus and minus zoom, 0
        shows all. The list tells the same in text.
      </p>
      <p className="hidden" aria-live="polite" data-testid="said">
        {says}
      </p>
      <SelectionBar
        node={selected}
        isRoot={selectedId === rootId}
        search={search}
        lineage={lineage}
        onToggle={toggle}
        onOpen={open}
        onChange={onChange}
      />
    </div>
  )
}

function openedOf(parts: readonly OpenedPart[]) {
  const of = (way: OpenedPart[0]) =>
    new Set(parts.filter((part) => part[0] === way).map(([, namespace, key]) => idOf({ namespace, key })))
  return { upstream: of('upstream'), downstream: of('downstream') }
}

function pathNodes(path: ReadonlySet<string> | null): ReadonlySet<string> | null {
  return path === null || path.size === 0 ? null : new Set([...path].flatMap((id) => id.split('\u0002')))
}

const countsOf = ({ id }: PlacedNode, { upstream, downstream }: ReturnType<typeof neighboursOf>) => ({
  upstream: upstream.get(id)?.length ?? 0,
  downstream: downstream.get(id)?.length ?? 0,
})
