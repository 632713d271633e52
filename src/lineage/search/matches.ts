import type { AssetRef } from '../asset-ref.js'
import type { Asset } from '../entities.js'
import { fold, wordsIn } from './words.js'

/** Where something is looked for. */
export type SearchPlace = 'KEY' | 'ALIAS' | 'DESCRIPTION' | 'TAG' | 'NAMESPACE' | 'OWNER'

/** Parts of words are looked for from so many characters on; shorter ones only begin a word. */
export const LEAST_INNER_CHARACTERS = 3

/** A word that somebody looks for, and the words that are taken for it although they are spelt otherwise. */
export interface SoughtWord {
  word: string
  near: readonly string[]
}

/**
 * Where the words that somebody looks for stand in an asset; null where one of them is nowhere, and the key does not
 * begin with the query either.
 */
export function placesOf(
  asset: Asset,
  otherNames: readonly AssetRef[],
  query: string,
  words: readonly SoughtWord[],
): SearchPlace[] | null {
  const texts: [SearchPlace, string][] = [
    ['KEY', asset.key],
    ['ALIAS', textOfNames(otherNames)],
    ['DESCRIPTION', asset.description ?? ''],
    ['TAG', textOfTags(asset.tags)],
    ['NAMESPACE', asset.namespace],
    ['OWNER', textOfOwners(asset.owners)],
  ]
  const places = texts.map(([place, text]) => {
    const there = wordsIn(text)
    return { place, found: words.map((sought) => there.some((word) => isFound(sought, word))) }
  })
  const beginsSo = fold(asset.key).startsWith(fold(query))
  const isWhole = words.length > 0 && words.every((_, at) => places.some(({ found }) => found[at]))
  if (!beginsSo && !isWhole) return null
  return places
    .filter(({ place, found }) => found.includes(true) || (beginsSo && place === 'KEY'))
    .map(({ place }) => place)
}

function isFound({ word, near }: SoughtWord, there: string): boolean {
  if (there.startsWith(word) || near.includes(there)) return true
  return [...word].length >= LEAST_INNER_CHARACTERS && there.includes(word)
}

/** The names and values of tags, as a text to be searched. */
export function textOfTags(tags: Record<string, unknown>): string {
  return textsIn(tags).join(' ')
}

/** Other names, as a text to be searched. */
export function textOfNames(names: readonly AssetRef[]): string {
  return names.map(({ namespace, key }) => `${namespace} ${key}`).join(' ')
}

/** The owners, as a text to be searched. */
export function textOfOwners(owners: readonly string[]): string {
  return owners.join(' ')
}

function textsIn(value: unknown): string[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, member]) => [name, ...textsIn(member)])
  }
  return [String(value)]
}
