import type { MaterializationInput } from './entities.js'

/** How the upstream version of a recorded input became known. */
export function resolutionOf({ namedVersion, materialization }: MaterializationInput) {
  if (namedVersion === null) return 'INFERRED'
  return materialization === null ? 'UNRESOLVED' : 'REPORTED'
}

/** The version used: as named, else that of the materialization it is inferred to be, or was before that was pruned. */
export function versionOf({
  namedVersion,
  materialization,
  prunedVersion,
}: MaterializationInput): string | null {
  return namedVersion ?? materialization?.version ?? prunedVersion
}
