import { Link } from '@tanstack/react-router'
import { Instant } from './Instant.js'
import { Version } from './Version.js'

/** Leads to the page of a materialization: by its version or, where it has none, by when it was made. */
export function MaterializationLink({
  materialization: { id, version, materializedAt },
}: {
  materialization: { id: string; version: string | null; materializedAt: string }
}) {
  return (
    <Link to="/materialization" search={{ id }}>
      {version === null ? <Instant at={materializedAt} /> : <Version version={version} />}
    </Link>
  )
}
