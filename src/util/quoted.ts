import { firstCodePoints } from './code-points.js'

/** A text in quotes, as an error message shows it: cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${firstCodePoints(text, 60)}…` : text)
}
