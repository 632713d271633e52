/**
 * What an object of an answer has to have: of each member how it is wrapped, as GraphQL writes it without the name of
 * the type (`!` is not null, `[!]!` a list of what is not), and what is in it where it is an object itself.
 */
export interface AnswerShape {
  readonly [name: string]: string | readonly [wrapping: string, members: AnswerShape]
}

/** Where an answer is not of a shape, and how; undefined where it is. */
export function misfitOf(answer: unknown, members: AnswerShape): string | undefined {
  return misfitAt(answer, '!', members, 'data')
}

function misfitAt(
  value: unknown,
  wrapping: string,
  members: AnswerShape | undefined,
  place: string,
): string | undefined {
  if (value === undefined) return `${place} is not there`
  if (wrapping.endsWith('!')) {
    return value === null ? `${place} is null` : misfitAt(value, wrapping.slice(0, -1), members, place)
  }
  if (value === null) return undefined
  if (wrapping !== '') {
    if (!Array.isArray(value)) return `${place} is no list`
    const item = wrapping.slice(1, -1)
    return firstOf(value.entries(), ([at, one]) => misfitAt(one, item, members, `${place}[${at}]`))
  }
  if (members === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) return `${place} is no object`
  return firstOf(Object.entries(members), ([name, shape]) => {
    const [within, inner] = typeof shape === 'string' ? [shape] : shape
    return misfitAt(Reflect.get(value, name), within, inner, `${place}.${name}`)
  })
}

function firstOf<Item>(items: Iterable<Item>, misfit: (item: Item) => string | undefined) {
  for (const item of items) {
    const found = misfit(item)
    if (found !== undefined) return found
  }
  return undefined
}
