import { HeadwaterError } from '../../errors/headwater-error.js'
import { countCodePoints } from '../../util/code-points.js'
import { quoted } from '../../util/quoted.js'
import { checkText } from '../recording/bounds.js'
import { parse } from './parse.generated.js'
import type { Selection } from './selection.js'

/** The most characters of a selection. */
const LONGEST_SELECTION = 2_000

/** What the parser throws: an error of ours, with the place, or one of its own, with all that could have come. */
interface Fault {
  message: string
  offset?: number
  came?: string
  expected?: readonly { type: string; description?: string }[]
  location?: { start: { offset: number } }
}

/** Reads a selection: see docs/selection.md. Throws BAD_USER_INPUT that says at which column it is wrong. */
export function parseSelection(field: string, text: string): Selection {
  checkText(field, text, LONGEST_SELECTION)
  try {
    return parse(text, {})
  } catch (error) {
    throw faultAt(field, text, error as Fault)
  }
}

function faultAt(field: string, text: string, fault: Fault): HeadwaterError {
  const offset = fault.offset ?? fault.location?.start.offset ?? 0
  const column = countCodePoints(text.slice(0, offset)) + 1
  const expected = fault.expected === undefined ? fault.message : listed(fault.expected)
  const came = fault.came ?? wordAt(text, offset)
  return new HeadwaterError(
    'BAD_USER_INPUT',
    `${field}: column ${column}: expected ${expected}, got ${came}`,
    { field },
  )
}

/** What could have come, but for spaces, which are allowed everywhere. */
function listed(expected: NonNullable<Fault['expected']>): string {
  const names = expected.flatMap(({ type, description }) => {
    if (type === 'class') return []
    if (type === 'end') return 'the end'
    // Only the names of attributes are not described.
    return description ?? 'an attribute like `kind:`'
  })
  return [...new Set(names)]
    .sort()
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1')
}

/** The word, or the character, at a place. */
function wordAt(text: string, offset: number): string {
  const [word] = /^(?:[\p{L}\p{M}\p{N}/_.@:=*-]+|.)/su.exec(text.slice(offset)) ?? []
  return word === undefined ? 'the end' : quoted(word)
}
