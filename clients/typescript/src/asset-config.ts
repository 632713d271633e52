import { inferKind } from './kinds.js'
import type { AssetSpec, NodeAssetSpec } from './node-specs.js'

/** An asset in the long form of a configuration, as YAML has it or in camelCase. */
export interface AssetConfigEntry {
  key: string
  /** By default that of the mapper. */
  namespace?: string
  /** Inferred from the key by default. */
  kind?: string
  kinds?: readonly string[]
  /** False by default. */
  is_primary?: boolean
  isPrimary?: boolean
  /** True by default. */
  is_required?: boolean
  isRequired?: boolean
  description?: string
  metadata?: Readonly<Record<string, unknown>>
}

/** A node in the long form. */
export interface NodeConfigEntry {
  assets: readonly AssetConfigEntry[]
  /** The nodes whose assets it uses. */
  upstream_nodes?: readonly string[]
  upstreamNodes?: readonly string[]
}

/**
 * What an `asset_config` says of each node, by its name: a list of keys (the first is primary, all are required,
 * kinds are inferred), or `assets` that say more.
 */
export type AssetConfig = Readonly<Record<string, readonly string[] | NodeConfigEntry>>

/** The expectations that a configuration stands for. Throws a TypeError that names what is wrong and where. */
export function specsOf(config: AssetConfig): NodeAssetSpec[] {
  if (!isMapping(config)) throw expected('assetConfig', 'nodes by name', config)
  return Object.entries(config).map(([name, entry]) => nodeSpec(name, entry))
}

function nodeSpec(name: string, entry: unknown): NodeAssetSpec {
  if (Array.isArray(entry)) {
    return { nodeTaskId: name, assets: entry.map((key, at) => shortSpec(`${name}[${at}]`, key, at === 0)) }
  }
  if (!isMapping(entry) || !Array.isArray(entry['assets'])) {
    throw expected(name, 'a list of keys, or an object with assets', entry)
  }
  const upstreamNodes = listOfTexts(
    `${name}.upstream_nodes`,
    eitherOf(name, entry, 'upstream_nodes', 'upstreamNodes'),
  )
  return {
    nodeTaskId: name,
    assets: entry['assets'].map((asset, at) => longSpec(`${name}.assets[${at}]`, asset)),
    ...(upstreamNodes === undefined ? {} : { upstreamNodes }),
  }
}

function shortSpec(where: string, key: unknown, isPrimary: boolean): AssetSpec {
  if (typeof key !== 'string') throw expected(where, 'a key', key)
  return { key, kind: inferKind(key), isPrimary, isRequired: true }
}

const MEMBERS = ['description', 'is_primary', 'is_required', 'key', 'kind', 'kinds', 'metadata', 'namespace']
const IN_CAMEL_CASE = ['isPrimary', 'isRequired']

function longSpec(where: string, entry: unknown): AssetSpec {
  const key = isMapping(entry) ? entry['key'] : undefined
  if (!isMapping(entry) || typeof key !== 'string') throw expected(where, 'an object with a key', entry)
  const unknown = Object.keys(entry).filter((name) => ![...MEMBERS, ...IN_CAMEL_CASE].includes(name))
  if (unknown.length > 0) {
    throw new TypeError(`${where}: expected ${MEMBERS.join(', ')}, got ${unknown.sort().join(', ')}`)
  }
  const kinds = listOfTexts(`${where}.kinds`, entry['kinds'])
  const metadata = entry['metadata'] ?? undefined
  if (metadata !== undefined && !isMapping(metadata))
    throw expected(`${where}.metadata`, 'an object', metadata)
  const namespace = optionalText(`${where}.namespace`, entry['namespace'])
  const description = optionalText(`${where}.description`, entry['description'])
  return {
    key,
    kind: optionalText(`${where}.kind`, entry['kind']) ?? inferKind(key),
    isPrimary: optionalFlag(where, entry, 'is_primary', 'isPrimary') ?? false,
    isRequired: optionalFlag(where, entry, 'is_required', 'isRequired') ?? true,
    ...(kinds === undefined ? {} : { kinds }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
  }
}

/** A member by its name in YAML, or in camelCase. */
function eitherOf(where: string, entry: Record<string, unknown>, name: string, inCamelCase: string): unknown {
  if (entry[name] != null && entry[inCamelCase] != null) {
    throw new TypeError(`${where}: expected ${name} or ${inCamelCase}, got both`)
  }
  return entry[name] ?? entry[inCamelCase]
}

function optionalFlag(
  where: string,
  entry: Record<string, unknown>,
  name: string,
  inCamelCase: string,
): boolean | undefined {
  const value = eitherOf(where, entry, name, inCamelCase)
  if (value === undefined || typeof value === 'boolean') return value
  throw expected(`${where}.${name}`, 'true or false', value)
}

function optionalText(where: string, value: unknown): string | undefined {
  if (value == null || value === '') return undefined
  if (typeof value === 'string') return value
  throw expected(where, 'a text', value)
}

function listOfTexts(where: string, value: unknown): string[] | undefined {
  if (value == null) return undefined
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return [...value]
  throw expected(where, 'a list of texts', value)
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function expected(where: string, what: string, value: unknown): TypeError {
  return new TypeError(`${where}: expected ${what}, got ${JSON.stringify(value)}`)
}
