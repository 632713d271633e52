/**
 * The elements of a JSON list, each as the very text that it is written as, without the blanks around it. `json` must be
 * the text of a list, as JSON.parse takes it.
 */
export function elementsOf(json: string): string[] {
  const elements: string[] = []
  let level = 0
  let start = 0
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') at = endOfString(json, at)
    else if (character === '[' || character === '{') {
      level++
      if (level === 1) start = at + 1
    } else if (level === 1 && (character === ',' || character === ']')) {
      const element = json.slice(start, at).trim()
      // Nothing is between the brackets of an empty list alone.
      if (element !== '') elements.push(element)
      start = at + 1
      if (character === ']') level--
    } else if (character === ']' || character === '}') level--
  }
  return elements
}

/** Where the string that begins at `start` ends: at the first quote with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); ; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (json[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote
  }
}
