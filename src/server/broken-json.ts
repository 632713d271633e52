/** What body-parser throws for a body that is no JSON. */
interface ParseFailure extends Error {
  type: 'entity.parse.failed'
  body: string
}

/** Says what came instead of JSON; null of what is another failure. */
export function brokenJson(error: unknown): string | null {
  if (!isParseFailure(error)) return null
  const { body, message } = error
  const length = `${body.length} ${body.length === 1 ? 'character' : 'characters'}`
  return isCutOff(message, body)
    ? `expected a body of JSON, an object, got its first ${length}: it breaks off`
    : `expected a body of JSON, an object, got ${length} that are none: ${message}`
}

function isParseFailure(error: unknown): error is ParseFailure {
  return error instanceof Error && 'type' in error && error.type === 'entity.parse.failed' && 'body' in error
}

/** As V8 says it: by words, or by a position that is the end. */
function isCutOff(message: string, body: string): boolean {
  const [, position] = /at position (\d+)/.exec(message) ?? []
  return message.startsWith('Unexpected end of JSON input') || Number(position) >= body.length
}
