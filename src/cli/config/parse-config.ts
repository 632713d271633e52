import type { AssetSpecInput, NodeAssetConfigInput } from '../../../schema/operations.generated.js'
import { BOUNDS, checkCount, checkMetadata, checkName, checkText } from '../../lineage/recording/bounds.js'
import { suggestion } from './suggestion.js'
import { type Fault, type Member, YamlFile, type YamlValue } from './yaml-file.js'

/** As many as the server takes in a call. Aliases could make of a small file any number. */
const MOST_ASSETS = 10_000

const NODE_MEMBERS = ['assets', 'upstream_nodes']
const ASSET_MEMBERS = [
  'key',
  'namespace',
  'kind',
  'kinds',
  'is_primary',
  'is_required',
  'description',
  'metadata',
]

/** What a file says; only where it has no faults is it all. */
export interface ParsedConfig {
  nodes: NodeAssetConfigInput[]
  faults: readonly Fault[]
  /** Where a field of the API's input stands in the file, e.g. `nodes[3].assets[0].key`; else what holds it. */
  placeOf(field: string): { line: number; column: number }
}

/**
 * Reads an `asset_config`, whose top level may be the mapping of nodes itself. `namespace`: of assets that name
 * none; undefined leaves it to the server.
 */
export function parseConfig(text: string, namespace: string | undefined): ParsedConfig {
  const file = new YamlFile(text)
  const { faults } = file
  const places = new Places()
  // What stands behind a fault of the form itself is guesswork.
  const nodes = faults.length > 0 ? [] : new ConfigReader(namespace, places).nodesIn(file.root)
  const inOrder = [...faults].sort((a, b) => a.line - b.line || a.column - b.column)
  return { nodes, faults: inOrder, placeOf: (field) => file.placeOf(places.offsetOf(field)) }
}

/** Where the fields of the API's input stand. */
class Places {
  readonly #offsets = new Map<string, number>()

  set(field: string, { offset }: YamlValue): void {
    this.#offsets.set(field, offset)
  }

  offsetOf(field: string): number {
    for (let name = field; name !== ''; name = name.replace(/(\.|\[)?[^.[]*$/, '')) {
      const offset = this.#offsets.get(name)
      if (offset !== undefined) return offset
    }
    return 0
  }
}

class ConfigReader {
  #assets = 0

  constructor(
    private readonly namespace: string | undefined,
    private readonly places: Places,
  ) {}

  nodesIn(root: YamlValue): NodeAssetConfigInput[] {
    const members = nodeMembers(root)
    return (members ?? []).map((member, at) => this.#node(member, `nodes[${at}]`))
  }

  #node({ name, key, value }: Member, field: string): NodeAssetConfigInput {
    this.places.set(field, key)
    key.checked(name, (place, text) => checkName(place, text, BOUNDS.idCharacters))
    const assets = `${field}.assets`
    if (value.isList) return { nodeTaskId: name, assets: this.#shortAssets(value, assets) }
    const expected = 'a list of keys, or a mapping with "assets"'
    const members = membersOf(value, expected, NODE_MEMBERS)
    const list = members?.get('assets')
    if (members !== undefined && list === undefined) key.addFault('expected the member "assets"')
    const upstreamNodes = members?.get('upstream_nodes')
    if (upstreamNodes !== undefined) this.places.set(`${field}.upstreamNodes`, upstreamNodes)
    return {
      nodeTaskId: name,
      assets: list === undefined ? [] : this.#longAssets(list, assets),
      ...(upstreamNodes === undefined
        ? {}
        : { upstreamNodes: namesIn(upstreamNodes, 'a list of nodes', BOUNDS.idCharacters) }),
    }
  }

  /** Keys alone: the first is primary, all are required. */
  #shortAssets(list: YamlValue, field: string): AssetSpecInput[] {
    const seen = new Map<string, YamlValue>()
    const specs: AssetSpecInput[] = []
    for (const [at, item] of (list.items('a list of keys') ?? []).entries()) {
      this.places.set(`${field}[${at}]`, item)
      if (!this.#mayHoldMore(item)) break
      if (item.isMapping) {
        item.addFault('expected a key, got a mapping: assets of which more is said stand under "assets:"')
        continue
      }
      const key = nameIn(item, 'a key', BOUNDS.keyCharacters)
      if (key === undefined) continue
      this.#noteOnce(seen, key, this.namespace, item)
      specs.push({ key, namespace: this.namespace, isPrimary: at === 0, isRequired: true })
    }
    return specs
  }

  #longAssets(list: YamlValue, field: string): AssetSpecInput[] {
    const seen = new Map<string, YamlValue>()
    const specs: AssetSpecInput[] = []
    for (const [at, item] of (list.items('a list of assets') ?? []).entries()) {
      this.places.set(`${field}[${at}]`, item)
      if (!this.#mayHoldMore(item)) break
      const members = membersOf(item, 'a mapping with "key"', ASSET_MEMBERS)
      if (members === undefined) continue
      const keyValue = members.get('key')
      if (keyValue === undefined) item.addFault('expected the member "key"')
      const spec = this.#asset(members)
      if (keyValue === undefined || spec === undefined) continue
      this.places.set(`${field}[${at}].key`, keyValue)
      this.#noteOnce(seen, spec.key, spec.namespace ?? undefined, keyValue)
      specs.push(spec)
    }
    return specs
  }

  /** Every member is read, whatever is wrong with the others. Undefined where there is no key. */
  #asset(members: ReadonlyMap<string, YamlValue>): AssetSpecInput | undefined {
    const read = <T>(name: string, reader: (value: YamlValue) => T | undefined): T | undefined => {
      const value = members.get(name)
      return value === undefined ? undefined : reader(value)
    }
    const key = read('key', (value) => nameIn(value, 'a key', BOUNDS.keyCharacters))
    const spec = {
      namespace:
        read('namespace', (value) => nameIn(value, 'a name', BOUNDS.namespaceCharacters)) ?? this.namespace,
      kind: read('kind', (value) => nameIn(value, 'a kind', BOUNDS.kindCharacters)),
      kinds: read('kinds', (value) => {
        const kinds = namesIn(value, 'a list of kinds', BOUNDS.kindCharacters)
        value.checked(kinds.length, (field, count) => {
          checkCount(field, count, 0, BOUNDS.kindsPerAsset)
          return count
        })
        return kinds
      }),
      isPrimary: read('is_primary', (value) => value.flag()) ?? false,
      isRequired: read('is_required', (value) => value.flag()) ?? true,
      description: read('description', (value) =>
        value.checked(value.text(), (field, text) => checkText(field, text, BOUNDS.descriptionCharacters, 0)),
      ),
      metadata: read('metadata', (value) => value.checked(value.json(), checkMetadata)),
    }
    return key === undefined ? undefined : { key, ...spec }
  }

  #noteOnce(
    seen: Map<string, YamlValue>,
    key: string,
    namespace: string | undefined,
    value: YamlValue,
  ): void {
    const identity = JSON.stringify([namespace, key])
    const first = seen.get(identity)
    if (first === undefined) seen.set(identity, value)
    else value.addFault(`${JSON.stringify(key)} again: it stands in line ${first.line} already`)
  }

  #mayHoldMore(item: YamlValue): boolean {
    this.#assets++
    if (this.#assets === MOST_ASSETS + 1) item.addFault(`expected at most ${MOST_ASSETS} assets in a file`)
    return this.#assets <= MOST_ASSETS
  }
}

/** The nodes: under asset_config, or at the top. */
function nodeMembers(root: YamlValue): Member[] | undefined {
  const expected = 'a mapping of nodes to the assets that they make'
  const top = root.members(expected)
  const config = top?.find(({ name }) => name === 'asset_config')
  const misspelt = top?.find(({ name }) => suggestion(name, ['asset_config']) !== '')
  if (config === undefined && misspelt !== undefined) {
    misspelt.key.addFault(
      `unknown member ${JSON.stringify(misspelt.name)}${suggestion(misspelt.name, ['asset_config'])}`,
    )
    return misspelt.value.members(expected)
  }
  for (const { key, name } of config === undefined ? [] : (top ?? [])) {
    if (name !== 'asset_config')
      key.addFault(`expected nothing beside asset_config, got ${JSON.stringify(name)}`)
  }
  const members = config === undefined ? top : config.value.members(expected)
  if (members?.length === 0) (config?.value ?? root).addFault('expected at least one node, got none')
  return members
}

/** The members of a mapping that may have these alone. */
function membersOf(
  value: YamlValue,
  expected: string,
  known: readonly string[],
): Map<string, YamlValue> | undefined {
  const members = value.members(expected)
  if (members === undefined) return undefined
  const found = new Map<string, YamlValue>()
  for (const { name, key, value: member } of members) {
    if (known.includes(name)) found.set(name, member)
    else key.addFault(`unknown member ${JSON.stringify(name)}${suggestion(name, known)}`)
  }
  return found
}

function nameIn(value: YamlValue, expected: string, most: number): string | undefined {
  return value.checked(value.text(expected), (field, text) => checkName(field, text, most))
}

function namesIn(value: YamlValue, expected: string, most: number): string[] {
  return (value.items(expected) ?? []).flatMap((item) => nameIn(item, 'a name', most) ?? [])
}
