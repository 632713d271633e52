/** What one may do: each includes those before it. */
export const SCOPES = ['READ', 'RECORD', 'ADMIN'] as const
/** One of them. */
export type Scope = (typeof SCOPES)[number]

/** Something that one may do in some namespaces; in all, where `namespaces` is null. */
export interface Grant {
  scope: Scope
  /** By their whole names. */
  namespaces: readonly string[] | null
}

/** The namespaces in which one may do something; null for all. */
export type Namespaces = ReadonlySet<string> | null

/** What a caller may do, and in which namespaces: nothing but what has been granted. */
export class Access {
  readonly #namespaces: Record<Scope, Namespaces>

  constructor(
    /** Who calls, as the audit log names them. */
    readonly caller: string,
    grants: readonly Grant[],
  ) {
    const including = (scope: Scope) =>
      grants.filter((grant) => SCOPES.indexOf(grant.scope) >= SCOPES.indexOf(scope))
    this.#namespaces = {
      READ: united(including('READ')),
      RECORD: united(including('RECORD')),
      ADMIN: united(including('ADMIN')),
    }
  }

  /** Where the caller may do this; null for everywhere. */
  namespaces(scope: Scope): Namespaces {
    return this.#namespaces[scope]
  }

  may(scope: Scope, namespace: string): boolean {
    const namespaces = this.#namespaces[scope]
    return namespaces === null || namespaces.has(namespace)
  }

  mayEverywhere(scope: Scope): boolean {
    return this.#namespaces[scope] === null
  }
}

function united(grants: readonly Grant[]): Namespaces {
  if (grants.some(({ namespaces }) => namespaces === null)) return null
  return new Set(grants.flatMap(({ namespaces }) => namespaces ?? []))
}

/** Of a server that asks nobody who they are: everything, everywhere. */
export const UNRESTRICTED = new Access('anyone', [{ scope: 'ADMIN', namespaces: null }])
