import { HeadwaterError } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'
import type { Canonical, NamedAsset } from '../names/asset-names.js'
import type { Access, Scope } from './access.js'

/**
 * Throws FORBIDDEN where the caller may not do this in one of some namespaces that it has named itself: at `field` of its
 * arguments, where that is known.
 */
export function demand(access: Access, scope: Scope, namespaces: Iterable<string>, field?: string): void {
  if (access.mayEverywhere(scope)) return
  for (const namespace of namespaces)
    if (!access.may(scope, namespace))
      throw forbidden(`expected a token with ${named(scope)} in namespace ${quoted(namespace)}`, field)
}

/** Throws FORBIDDEN where the caller may not do this everywhere. */
export function demandEverywhere(access: Access, scope: Scope): void {
  if (!access.mayEverywhere(scope)) throw forbidden(`expected a token with ${named(scope)} in all namespaces`)
}

/** Throws FORBIDDEN where the caller may do this nowhere. */
export function demandAnywhere(access: Access, scope: Scope): void {
  if (access.namespaces(scope)?.size === 0)
    throw forbidden(`expected a token with ${named(scope)} in some namespace`)
}

/** The same for a namespace that the caller has not named, and is not told. */
export function demandUnnamed(
  access: Access,
  scope: Scope,
  namespace: string | undefined,
  field?: string,
): void {
  if (access.mayEverywhere(scope)) return
  if (namespace === undefined || !access.may(scope, namespace))
    throw forbidden(`expected an asset of a namespace in which this token has ${named(scope)}`, field)
}

/** What a call names: what it writes to, and what else. */
export interface Named {
  written: readonly NamedAsset[]
  read: readonly NamedAsset[]
}

/**
 * Throws FORBIDDEN where what is named by other names of it, in namespaces of the caller, is in another one in which the
 * caller may not do the same.
 */
export function demandOfAssets(
  access: Access,
  { written, read }: Named,
  canonical: Canonical,
  field?: string,
): void {
  const check = (scope: Scope, assets: readonly NamedAsset[]) => {
    if (access.mayEverywhere(scope)) return
    for (const one of assets) {
      const own = canonical(one)
      if (own.assetId !== one.assetId) demandUnnamed(access, scope, own.asset.namespace, field)
    }
  }
  check('RECORD', written)
  check('READ', read)
}

function forbidden(message: string, field?: string): HeadwaterError {
  return new HeadwaterError('FORBIDDEN', message, field === undefined ? {} : { field })
}

/** As whoever makes tokens writes it. */
function named(scope: Scope): string {
  return `scope ${scope.toLowerCase()}`
}
