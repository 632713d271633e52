import { Kind, type ValueNode } from 'graphql'
import { quoted } from '../../src/util/quoted.js'

/** A value that came, as an error message shows it: short, however large and deep it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** The same of a literal. */
export function shownLiteral(node: ValueNode): string {
  switch (node.kind) {
    case Kind.LIST:
      return 'a list'
    case Kind.OBJECT:
      return 'an object'
    case Kind.NULL:
      return 'null'
    case Kind.VARIABLE:
      return `$${node.name.value}`
    case Kind.STRING:
      return quoted(node.value)
    default:
      return String(node.value).slice(0, 60)
  }
}
