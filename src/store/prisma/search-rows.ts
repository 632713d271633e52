import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AssetRef } from '../../lineage/asset-ref.js'
import type { Asset } from '../../lineage/entities.js'
import type { WritePlan } from '../../lineage/recording/write-plan.js'
import { textOfNames, textOfOwners, textOfTags } from '../../lineage/search/matches.js'
import { fold, wordsIn } from '../../lineage/search/words.js'
import { firstCodePoints } from '../../util/code-points.js'
import {
  keyLexeme,
  namespaceLexeme,
  otherLexeme,
  quotedLexeme,
  sampleLexemes,
  shortLexemes,
} from './search-lexemes.js'

/** Of the description, of tags and owners together, and of other names: the first so many words are found. Much more is no tsvector. */
const MOST_WORDS = 1_500

/** As of sort keys: what an index entry can hold. */
const MOST_NAME_CHARACTERS = 600

/** Of so many words it is remembered that they are stored. A cache by size grows; one by count takes all its memory at once. */
const MOST_KNOWN_WORDS = 50_000

/** A row of asset_search. */
export interface SearchRow {
  assetId: string
  foldedKey: string
  foldedName: string
  /**
   * As tsvector reads it. Weights say by what a lexeme came here: A the name, B other names, C tags and owners, D the
   * description.
   */
  document: string
  /** SHA-256 in hex of the description whose words these are; null for none. */
  descriptionHash: string | null
}

/** What a write adds to what can be searched. */
export interface SearchWrite {
  /** Of assets of which a description was stated. */
  described: readonly SearchRow[]
  /** Of others that may be new. */
  others: readonly SearchRow[]
  /** Words that may be new, in order. */
  words: readonly string[]
}

/** What a row of asset_search follows from. */
export type SearchedAsset = Pick<Asset, 'assetId' | 'namespace' | 'key' | 'description' | 'tags' | 'owners'>

/** Makes the rows that search looks up in, of what is to be written, and leaves out what is known to be there. */
export class SearchRows {
  readonly #knownWords = new LRUCache<string, true>({ maxSize: MOST_KNOWN_WORDS, sizeCalculation: () => 1 })

  /** `isKnown`: whether an asset has been committed. It may say no of one that has. */
  constructor(private readonly isKnown: (assetId: string) => boolean) {}

  /** The rows of a plan: only of assets that may be new, and of those that it describes. */
  of({ assets, states }: Pick<WritePlan, 'assets' | 'states'>): SearchWrite {
    const stated = new Map(
      states.flatMap((state) => (state.descriptionAt === null ? [] : [[state.assetId, state] as const])),
    )
    const words = new Set<string>()
    const described: SearchRow[] = []
    const others: SearchRow[] = []
    for (const asset of assets) {
      const state = stated.get(asset.id)
      if (state === undefined && this.isKnown(asset.id)) continue
      const said = { description: state?.description ?? null, labels: '', otherNames: [] }
      const row = searchRowOf(asset.id, asset, said, words)
      if (state === undefined) others.push(row)
      else described.push(row)
    }
    return { described, others, words: this.#unknownAmong(words) }
  }

  /** The rows of assets as they are stored, with all that is said of them, and the other names of each. */
  ofStored(
    assets: readonly SearchedAsset[],
    otherNames: readonly (readonly AssetRef[])[],
  ): { rows: SearchRow[]; words: string[] } {
    const words = new Set<string>()
    const rows = assets.map((asset, at) => {
      const labels = `${textOfTags(asset.tags)} ${textOfOwners(asset.owners)}`
      const said = { description: asset.description, labels, otherNames: otherNames[at] ?? [] }
      return searchRowOf(asset.assetId, asset, said, words)
    })
    return { rows, words: this.#unknownAmong(words) }
  }

  /** These words have been committed. */
  remember(words: readonly string[]): void {
    for (const word of words) this.#knownWords.set(word, true)
  }

  #unknownAmong(words: ReadonlySet<string>): string[] {
    return [...words].filter((word) => this.#knownWords.get(word) === undefined).sort()
  }
}

/** How a key is looked up by its beginning. */
export function foldedKeyOf(key: string): string {
  return firstCodePoints(fold(key), MOST_NAME_CHARACTERS)
}

/** How a key is looked up by its beginning in a namespace. */
export function foldedNameOf({ namespace, key }: AssetRef): string {
  return firstCodePoints(`${namespace}\u0001${fold(key)}`, MOST_NAME_CHARACTERS)
}

/** Adds its words to `words`. */
function searchRowOf(
  assetId: string,
  asset: AssetRef,
  said: { description: string | null; labels: string; otherNames: readonly AssetRef[] },
  words: Set<string>,
): SearchRow {
  const { description, labels, otherNames } = said
  const keyWords = wordsIn(asset.key)
  const namespaceWords = wordsIn(asset.namespace)
  const descriptionWords = wordsIn(description ?? '').slice(0, MOST_WORDS)
  const labelWords = wordsIn(labels).slice(0, MOST_WORDS)
  const otherWords = wordsIn(textOfNames(otherNames)).slice(0, MOST_WORDS)
  for (const list of [keyWords, namespaceWords, otherWords, descriptionWords, labelWords])
    for (const word of list) words.add(word)
  const nameLexemes = new Set([
    ...keyWords.map(keyLexeme),
    ...keyWords.flatMap(shortLexemes),
    ...namespaceWords.map(otherLexeme),
    namespaceLexeme(asset.namespace),
    ...sampleLexemes(assetId),
  ])
  const otherNamespaces = new Set(otherNames.map(({ namespace }) => namespace))
  otherNamespaces.delete(asset.namespace)
  const weighted = (lexemes: Iterable<string>, weight: string) =>
    [...lexemes].map((lexeme) => `${quotedLexeme(lexeme)}:${weight}`)
  return {
    assetId,
    foldedKey: foldedKeyOf(asset.key),
    foldedName: foldedNameOf(asset),
    // A place of its own for each weight: of two weights at one place PostgreSQL keeps one.
    document: [
      ...weighted(nameLexemes, '1A'),
      ...weighted([...otherWords.map(otherLexeme), ...[...otherNamespaces].map(namespaceLexeme)], '2B'),
      ...weighted(labelWords.map(otherLexeme), '3C'),
      ...weighted(descriptionWords.map(otherLexeme), '4D'),
    ].join(' '),
    descriptionHash: description === null ? null : createHash('sha256').update(description).digest('hex'),
  }
}
