/** What the version of an asset hangs on. What is undefined or null is absent; what is empty is there, and empty. */
export interface AssetVersionParts {
  /** The content. */
  payloadBytes?: Uint8Array | null | undefined
  /** Of the code that made it, e.g. `git:abcd1234`. */
  codeFingerprint: string
  /** Of the model or the prompt, e.g. `craft-ocr-v2`. */
  promptFingerprint?: string | null | undefined
  /** Of everything it was made from, in any order. */
  upstreamVersions?: readonly string[] | null | undefined
}

/**
 * `v:`: the parts one behind the other, as Marie-AI hashes them, so that caches keyed by its versions stay valid.
 * `v2:`: each part with its length before it, so that no two inputs run together: with `v:` ("ab", "c") and ("a", "bc")
 * are the same. The colon may be left out.
 */
export type VersionScheme = 'v:' | 'v2:' | 'v' | 'v2'

const SCHEMES: ReadonlySet<string> = new Set(['v:', 'v2:', 'v', 'v2'])

const utf8 = new TextEncoder()

/** A version that changes with the content, the code, the prompt and the inputs: `v:sha256:` and 64 hex digits. */
export async function computeAssetVersion(
  { payloadBytes, codeFingerprint, promptFingerprint, upstreamVersions }: AssetVersionParts,
  scheme: VersionScheme = 'v:',
): Promise<string> {
  if (!SCHEMES.has(scheme)) {
    throw new TypeError(`scheme: expected 'v:' or 'v2:', got ${JSON.stringify(scheme)}`)
  }
  const upstream = upstreamVersions?.map((version) => utf8.encode(version)).sort(compareBytes)
  const code = utf8.encode(codeFingerprint)
  const prompt = promptFingerprint == null ? undefined : utf8.encode(promptFingerprint)
  if (scheme === 'v:' || scheme === 'v') {
    const parts = [payloadBytes ?? NOTHING, code, prompt ?? NOTHING, joined(upstream ?? [])]
    return `v:sha256:${await sha256(concatenated(parts))}`
  }
  const list = upstream && concatenated([length(upstream.length), ...upstream.flatMap(withLength)])
  const parts = [payloadBytes ?? undefined, code, prompt, list].flatMap(tagged)
  return `v2:sha256:${await sha256(concatenated(parts))}`
}

/** Hashes parts one behind the other, strings as UTF-8; what is empty, undefined or null counts for nothing. */
export async function computeVersion(...parts: (Uint8Array | string | null | undefined)[]): Promise<string> {
  const bytes = parts.map((part) => (typeof part === 'string' ? utf8.encode(part) : (part ?? NOTHING)))
  return `v:sha256:${await sha256(concatenated(bytes))}`
}

const NOTHING = new Uint8Array()
const SEPARATOR = utf8.encode('|')
const ABSENT = new Uint8Array([0])
const PRESENT = new Uint8Array([1])

/** The order of the bytes of UTF-8 is that of the code points, which Python sorts by; UTF-16 units have another. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let at = 0; at < common; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function joined(parts: Uint8Array[]): Uint8Array {
  return concatenated(parts.flatMap((part, at) => (at === 0 ? [part] : [SEPARATOR, part])))
}

function tagged(part: Uint8Array | undefined): Uint8Array[] {
  return part === undefined ? [ABSENT] : [PRESENT, ...withLength(part)]
}

function withLength(part: Uint8Array): Uint8Array[] {
  return [length(part.length), part]
}

/** 8 bytes, the greatest first. */
function length(count: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count))
  return bytes
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new TypeError(
      'versions need crypto.subtle, which a page has only when served over HTTPS or from localhost',
    )
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
