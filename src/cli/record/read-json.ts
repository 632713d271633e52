/** Reads UTF-8 JSON; says what is wrong with it instead of throwing. */
export function readJson(bytes: Buffer): { value: unknown } | { fault: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `not JSON: ${error.message}` }
    if (error instanceof TypeError) return { fault: 'not UTF-8' }
    throw error
  }
}

/** Whether nothing stands there but white space, or a byte order mark. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.length < 1_024 && bytes.toString().trim() === ''
}
