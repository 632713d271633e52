import type { Staleness } from '../staleness/staleness.js'

/** One thing that is to hold of an asset, and can be seen from its row. */
export type AssetAtom =
  /** The key is these texts, with anything in between: one text for a key as it is. */
  | { is: 'key'; parts: readonly string[] }
  /** The kind, or one of the kinds. */
  | { is: 'kind'; value: string }
  /** A tag is there; where `value` is not null, as a text, a number or a boolean that reads so. */
  | { is: 'tag'; name: string; value: string | null }
  | { is: 'owner'; value: string }
  | { is: 'namespace'; value: string }
  /** Retired, and neither restored nor made since. */
  | { is: 'retired' }

/** What is asked of a list beside a selection: see AssetFilter. */
export type FilterAtom =
  | { is: 'keyAmong'; keys: readonly string[] }
  | { is: 'kindAmong'; kinds: readonly string[] }
  | { is: 'search'; text: string }

/** Conditions put together. Of an empty list `and` holds for everything, `or` for nothing. */
export type Combined<Leaf> =
  | Leaf
  | { is: 'and' | 'or'; of: readonly Combined<Leaf>[] }
  | { is: 'not'; of: Combined<Leaf> }

/** What storage can tell of an asset by its row. */
export type AssetCondition = Combined<AssetAtom | FilterAtom>

/** What takes the history. */
export interface StatusAtom {
  is: 'status'
  status: Lowercase<Staleness['status']>
}

/** What takes the graph: everything up to so many hops upstream and downstream of a selection, and itself. */
export interface Reach {
  is: 'reach'
  of: Selection
  /** Infinity for no end; 0 for nothing that way. */
  up: number
  down: number
}

/** Of a selection what has nothing else of it upstream (roots), or downstream (sinks), over whatever lies between. */
export interface Ends {
  is: 'roots' | 'sinks'
  of: Selection
}

/** Which assets somebody means. */
export type Selection = Combined<AssetAtom | FilterAtom | StatusAtom | Reach | Ends>

/** Whether rows alone tell. */
export function isCondition(selection: Selection): selection is AssetCondition {
  switch (selection.is) {
    case 'and':
    case 'or':
      return selection.of.every(isCondition)
    case 'not':
      return isCondition(selection.of)
    case 'status':
    case 'reach':
    case 'roots':
    case 'sinks':
      return false
    default:
      return true
  }
}
