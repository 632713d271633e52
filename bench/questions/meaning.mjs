/**
 * What an answer says, as text: lists that are sets come in one order, so that two answers say the same where their
 * texts are equal. Throws for an answer with errors.
 *
 * @param {string} body
 */
export function meaningOf(body) {
  return meaningOfData(dataOf(body))
}

/** The data of an answer. Throws for one with errors. */
export function dataOf(body) {
  const { data, errors } = JSON.parse(body)
  if (errors !== undefined) throw new Error(`an answer with errors: ${JSON.stringify(errors).slice(0, 500)}`)
  return data
}

/** The same for what is no body any more. */
export function meaningOfData(data) {
  return JSON.stringify(inOneOrder(data))
}

function inOneOrder(value) {
  if (Array.isArray(value)) {
    const items = value.map(inOneOrder).map((item) => ({ item, text: JSON.stringify(item) }))
    return items.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ item }) => item)
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, inOneOrder(value[key])]),
  )
}
