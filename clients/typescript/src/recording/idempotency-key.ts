/** A key that no other recording has: 128 random bits. `crypto.randomUUID` would want a page served over HTTPS. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The same with a key, unless it has one: so that sending it again never records it twice. */
export function withKey<Input extends { idempotencyKey?: string | null | undefined }>(input: Input): Input {
  return input?.idempotencyKey == null ? { ...input, idempotencyKey: newIdempotencyKey() } : input
}
