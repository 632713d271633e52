import type { Catalog } from './catalog.js'
import type { Query } from './source.js'
import { ASSET_REGISTRY } from './tables.js'

/** Of assets that the registry does not know: its own default. */
const MARIE_NAMESPACE = 'marie-ai'

/** What the registry says of assets. */
export class Registry {
  private constructor(
    private readonly rows: ReadonlyMap<string, { namespace: string | null; kind: string | null }>,
    private readonly namespace: string | null,
  ) {}

  /** Reads what it says of these keys, with one statement. `namespace`: that of all assets, whatever it says. */
  static async read(
    query: Query,
    catalog: Catalog,
    namespace: string | null,
    keys: Iterable<string | null>,
  ): Promise<Registry> {
    if (!catalog.has(ASSET_REGISTRY)) return new Registry(new Map(), namespace)
    const rows = await query<{ asset_key: string; namespace: string | null; kind: string | null }>(
      `${catalog.select(ASSET_REGISTRY)} WHERE asset_key = ANY($1)`,
      [[...new Set(keys)].filter((key) => key !== null)],
    )
    return new Registry(new Map(rows.map((row) => [row.asset_key, row])), namespace)
  }

  namespaceOf(key: string): string {
    return namespaceOf(this.rows.get(key)?.namespace ?? null, this.namespace)
  }

  /** Null where it does not say. */
  kindOf(key: string): string | null {
    return this.rows.get(key)?.kind ?? null
  }
}

/** The namespace of an asset: `chosen` for all, else what the registry says, else its default. */
export function namespaceOf(registered: string | null, chosen: string | null): string {
  return chosen ?? (registered || MARIE_NAMESPACE)
}
