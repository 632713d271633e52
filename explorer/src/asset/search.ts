import type { Grouping } from '../graph/model/folded.js'

/** A name in the address: namespace and key. */
export type NameParts = [namespace: string, key: string]
/** What has been expanded: which way, and of what. */
export type OpenedPart = [way: 'upstream' | 'downstream', namespace: string, key: string]

/** What the address of an asset's page says: everything that it shows. */
export interface AssetSearch {
  namespace: string
  key: string
  direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'
  depth: number
  /** The graph where it says nothing. */
  view?: 'list' | undefined
  /** Whom the panel is about; the root where it says nothing. */
  selected?: NameParts | undefined
  /** The most assets to walk to. */
  limit?: number | undefined
  opened?: OpenedPart[] | undefined
  hiddenKinds?: string[] | undefined
  hiddenNamespaces?: string[] | undefined
  group?: Grouping | undefined
  /** The groups that are not folded. */
  unfolded?: string[] | undefined
  /** The ends of a path. */
  from?: NameParts | undefined
  to?: NameParts | undefined
  /** The graph as it was then. */
  asOf?: string | undefined
  /** Compared with what it was then. */
  since?: string | undefined
}

const DIRECTIONS = ['UPSTREAM', 'DOWNSTREAM', 'BOTH'] as const
const MOST_DEPTH = 100
const MOST_PARTS = 200
/** So many assets are walked to at first. */
export const FIRST_LIMIT = 500
const MOST_LIMIT = 100_000

const textOf = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null

function partsOf<Part>(value: unknown, read: (part: unknown) => Part | null): Part[] | undefined {
  if (!Array.isArray(value)) return undefined
  const parts = value
    .slice(0, MOST_PARTS)
    .map(read)
    .filter((part) => part !== null)
  return parts.length === 0 ? undefined : parts
}

function nameOf(value: unknown): NameParts | null {
  if (!Array.isArray(value)) return null
  const [namespace, key] = value.map(textOf)
  return typeof namespace === 'string' && typeof key === 'string' ? [namespace, key] : null
}

function openedOf(value: unknown): OpenedPart | null {
  if (!Array.isArray(value)) return null
  const way = (['upstream', 'downstream'] as const).find((one) => one === value[0])
  const name = nameOf(value.slice(1))
  return way === undefined || name === null ? null : [way, ...name]
}

function timeOf(value: unknown): string | undefined {
  const at = typeof value === 'string' ? new Date(value) : null
  return at === null || Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

const within = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least ? Math.min(Math.floor(value), most) : undefined

/** Reads of an address whom it is about, which way to walk and how far. */
export const readWalk = (
  raw: Record<string, unknown>,
): Pick<AssetSearch, 'namespace' | 'key' | 'direction' | 'depth'> => ({
  namespace: textOf(raw['namespace']) ?? 'default',
  key: textOf(raw['key']) ?? '',
  direction: DIRECTIONS.find((one) => one === raw['direction']) ?? 'BOTH',
  depth: within(raw['depth'], 1, MOST_DEPTH) ?? 2,
})

/** Reads an address; what makes no sense in it is as if it were not there. */
export function readAssetSearch(raw: Record<string, unknown>): AssetSearch {
  return {
    ...readWalk(raw),
    view: raw['view'] === 'list' ? 'list' : undefined,
    selected: nameOf(raw['selected']) ?? undefined,
    limit: within(raw['limit'], 1, MOST_LIMIT),
    opened: partsOf(raw['opened'], openedOf),
    hiddenKinds: partsOf(raw['hiddenKinds'], textOf),
    hiddenNamespaces: partsOf(raw['hiddenNamespaces'], textOf),
    group: (['namespace', 'prefix'] as const).find((one) => one === raw['group']),
    unfolded: partsOf(raw['unfolded'], textOf),
    from: nameOf(raw['from']) ?? undefined,
    to: nameOf(raw['to']) ?? undefined,
    asOf: timeOf(raw['asOf']),
    // Two times are compared, not one.
    since: timeOf(raw['asOf']) === undefined ? undefined : timeOf(raw['since']),
  }
}
