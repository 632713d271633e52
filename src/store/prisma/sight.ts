import type { Session } from './database.js'
import { statement } from './statement.js'

/** What an id is the id of, where it is of one of several names of an asset, as SQL: looked up of each id by itself. */
const ofName = (column: string) => `(SELECT n.${column} FROM asset_name n WHERE n.id = r.id)`

/** Both the name that an id follows from, and the asset's own, have to be in these namespaces. */
const VISIBLE = statement(
  'visible assets',
  `SELECT r.id FROM unnest($1::uuid[]) AS r(id)
   WHERE (SELECT a.namespace FROM asset a WHERE a.id = COALESCE(${ofName('asset_id')}, r.id)) = ANY($2::text[])
     AND COALESCE(${ofName('namespace')} = ANY($2), true)`,
)

/** The next asset, by id, that is in some namespaces: from one on. */
const NEXT_VISIBLE = statement(
  'next visible asset',
  'SELECT id FROM asset WHERE id >= $1 AND namespace = ANY($2::text[]) ORDER BY id LIMIT 1',
)

/** Which assets may be seen, by the ids of any of their names that may be. Made for one request, and remembers. */
export class Sight {
  constructor(
    private readonly session: Session,
    readonly namespaces: readonly string[],
    private readonly seen: Set<string> = new Set(),
  ) {}

  /** The same, asked within a transaction: it must not wait for a connection of its own. */
  within(session: Session): Sight {
    return new Sight(session, this.namespaces, this.seen)
  }

  async of(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const open = ids.filter((id) => !this.seen.has(id))
    if (open.length > 0)
      for (const { id } of await this.session.run<{ id: string }>(VISIBLE, [open, this.namespaces]))
        this.seen.add(id)
    return this.seen
  }

  /** The first that may be seen of this id and those behind it; null where there is none. */
  async next(id: string): Promise<string | null> {
    const [row] = await this.session.run<{ id: string }>(NEXT_VISIBLE, [id, this.namespaces])
    return row?.id ?? null
  }
}
