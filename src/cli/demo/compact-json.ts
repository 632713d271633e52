/** JSON in which whatever fits within `width` columns stands on one line. */
export function compactJson(value: unknown, width: number, indent = ''): string {
  const line = oneLine(value)
  if (indent.length + line.length <= width || value === null || typeof value !== 'object') return line
  const inner = `${indent}  `
  const members = Array.isArray(value)
    ? value.map((member) => compactJson(member, width, inner))
    : Object.entries(value).map(
        ([name, member]) => `${JSON.stringify(name)}: ${compactJson(member, width, inner)}`,
      )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${members.map((member) => `${inner}${member}`).join(',\n')}\n${indent}${close}`
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(oneLine).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${oneLine(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
