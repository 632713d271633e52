import { v5 } from 'uuid'

/** UUIDv5 (RFC 9562) of a name. Given bytes the library takes half as long as given texts, and this is asked of all. */
export function nameUuid(name: string, namespace: Uint8Array): string {
  return v5(Buffer.from(name), namespace)
}
