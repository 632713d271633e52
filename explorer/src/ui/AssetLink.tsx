import { Link } from '@tanstack/react-router'
import type { AssetName } from '../api/queries.js'

/** Leads to the page of an asset. */
export function AssetLink({ asset: { namespace, key } }: { asset: AssetName }) {
  return (
    <Link to="/asset" search={{ namespace, key, direction: 'BOTH', depth: 2 }}>
      {namespace === 'default' ? key : `${namespace} ${key}`}
    </Link>
  )
}
