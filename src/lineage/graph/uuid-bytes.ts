/** How many bytes a UUID has. */
export const UUID_BYTES = 16

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** The value of each hexadecimal digit, by its character code. */
const DIGIT = new Uint8Array(128)
for (let value = 0; value < 16; value++) {
  DIGIT[value.toString(16).charCodeAt(0)] = value
  DIGIT[value.toString(16).toUpperCase().charCodeAt(0)] = value
}
/** Where each byte stands in a UUID's text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** Writes the bytes of a UUID, given as text, into `bytes` from `offset` on. */
export function writeUuid(uuid: string, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < UUID_BYTES; at++) {
    const place = PLACES[at] ?? 0
    bytes[offset + at] = (digitAt(uuid, place) << 4) | digitAt(uuid, place + 1)
  }
}

/** The text of the UUID whose bytes stand in `bytes` from `offset` on. */
export function readUuid(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let at = 0; at < UUID_BYTES; at++) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-'
    text += HEX[bytes[offset + at] ?? 0]
  }
  return text
}

const digitAt = (uuid: string, place: number): number => DIGIT[uuid.charCodeAt(place)] ?? 0
