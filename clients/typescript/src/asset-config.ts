import { inferKind } from './kinds.js'
import type { AssetSpec } from './node-specs.js'

/** An asset in the long form of a configuration. */
export interface AssetConfigEntry {
  key: string
  /** Inferred from the key by default. */
  kind?: string
  /** By default the first of a node is its primary one. */
  is_primary?: boolean
  /** True by default. */
  is_required?: boolean
  description?: string
}

/**
 * What an `asset_config` says of each node, by its name: a list of keys (the first is primary, all are required,
 * kinds are inferred), or `assets` that say more.
 */
export type AssetConfig = Readonly<
  Record<string, readonly string[] | { assets: readonly AssetConfigEntry[] }>
>

/** The expectations that one node's configuration stands for. */
export function specsOf(config: AssetConfig[string]): AssetSpec[] {
  const entries: readonly AssetConfigEntry[] =
    'assets' in config ? config.assets : config.map((key) => ({ key }))
  const namesPrimary = entries.some(({ is_primary }) => is_primary === true)
  return entries.map(({ key, kind, is_primary, is_required, description }, at) => ({
    key,
    kind: kind ?? inferKind(key),
    isPrimary: is_primary ?? (at === 0 && !namesPrimary),
    isRequired: is_required ?? true,
    ...(description === undefined ? {} : { description }),
  }))
}
