import { createHash } from 'node:crypto'

/** What the version of an asset hangs on. */
export interface VersionParts {
  payload: Buffer
  /** Of the code that made it, e.g. `git:4be1c07`. */
  codeVersion: string
  /** Of the model or prompt, where there is one. */
  promptVersion?: string | undefined
  /** Of all that it was made from, in any order. */
  upstreamVersions: readonly string[]
}

/** A version that changes with the content, the code and the inputs: the notation of Marie-AI's AssetTracker. */
export function assetVersion({
  payload,
  codeVersion,
  promptVersion,
  upstreamVersions,
}: VersionParts): string {
  const hash = createHash('sha256').update(payload).update(codeVersion)
  if (promptVersion !== undefined) hash.update(promptVersion)
  if (upstreamVersions.length > 0) hash.update([...upstreamVersions].sort().join('|'))
  return `v:sha256:${hash.digest('hex')}`
}
