import { overHttp } from '../measure/over-http.mjs'

/**
 * A server that can answer a scenario's questions.
 *
 * @typedef {object} Respondent
 * @property {string} name
 * @property {string} url
 * @property {string[]} questions bodies of requests; the same in the same place as the other respondents'
 * @property {(body: string) => string} meaningOf
 * @property {import('../measure/side.mjs').Side['point']} [point]
 */

/**
 * Asks all servers each question once. Throws where they disagree; while they are timed, every answer must be one of
 * those that all have given.
 *
 * @param {Respondent[]} respondents
 * @param {string[]} [meanings] what each answer has to mean, where that is known beforehand
 * @returns {Promise<import('../measure/side.mjs').Side[]>}
 */
export async function agreed(respondents, meanings = []) {
  const agreedOn = new Set()
  const bodies = respondents.map(() => new Set())
  for (const at of respondents[0].questions.keys()) {
    let meaning = meanings[at]
    for (const [which, { name, url, questions, meaningOf }] of respondents.entries()) {
      const body = await askOnce(url, questions[at])
      const found = meaningOf(body)
      meaning ??= found
      if (found !== meaning) throw new Error(`${name} answers otherwise: ${questions[at]}`)
      bodies[which].add(body)
    }
    agreedOn.add(meaning)
  }
  return respondents.map(({ name, url, questions, meaningOf, point }, which) => {
    let asked = 0
    return overHttp({
      name,
      url,
      point,
      nextBody: () => questions[asked++ % questions.length],
      isRight: (body) => bodies[which].has(body) || agreedOn.has(meaningOf(body)),
    })
  })
}

/** The body of a server's answer. */
export async function askOnce(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.text()
}
