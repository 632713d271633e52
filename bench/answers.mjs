/**
 * What an answer says, as text: lists that are sets come in one order, so that two answers say the same where their
 * texts are equal. Throws for an answer with errors.
 *
 * @param {string} body
 */
export function meaningOf(body) {
  const { data, errors } = JSON.parse(body)
  if (errors !== undefined) throw new Error(`an answer with errors: ${JSON.stringify(errors).slice(0, 500)}`)
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

/**
 * Asks both servers each question once. Answers with a test of bodies: whether one is an answer that both have given.
 * Throws where they disagree.
 *
 * @param {string[]} questions bodies of requests
 * @param {string[]} urls
 */
export async function compareAnswers(questions, urls) {
  const bodies = new Set()
  const meanings = new Set()
  for (const question of questions) {
    const answers = await Promise.all(urls.map((url) => askOnce(url, question)))
    const [meaning, ...others] = answers.map(meaningOf)
    if (others.some((other) => other !== meaning)) throw new Error(`the servers' answers differ: ${question}`)
    meanings.add(meaning)
    for (const answer of answers) bodies.add(answer)
  }
  return (body) => bodies.has(body) || meanings.has(meaningOf(body))
}

async function askOnce(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.text()
}
