import autocannon from 'autocannon'
import { resultOf } from './side.mjs'

/** Longer than any answer takes; autocannon's own default would drop the peers' slowest. */
const TIMEOUT_SECONDS = 300

/**
 * A server, asked over HTTP.
 *
 * @param {object} parts
 * @param {string} parts.name
 * @param {string} parts.url
 * @param {() => string} parts.nextBody
 * @param {(body: string) => boolean} parts.isRight
 * @param {import('./side.mjs').Side['point']} [parts.point]
 * @returns {import('./side.mjs').Side}
 */
export function overHttp({ name, url, nextBody, isRight, point }) {
  return { name, point, drive: (work) => load({ url, nextBody, isRight, ...work }) }
}

async function load({ url, connections, amount, nextBody, isRight }) {
  const times = []
  let fault
  // autocannon calls this from within its parser: it must not throw.
  const verifyBody = (body) => {
    try {
      if (isRight(body)) return true
      fault ??= `not the answer that was agreed on: ${body.slice(0, 300)}`
    } catch (error) {
      fault ??= error.message
    }
    return false
  }
  const startedAt = performance.now()
  let endedAt = startedAt
  const run = autocannon({
    url,
    connections,
    amount: Math.max(amount, connections),
    timeout: TIMEOUT_SECONDS,
    // How often it looks whether it is done.
    sampleInt: 50,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: nextBody() }) }],
    verifyBody,
  })
  run.on('response', (_client, _status, _bytes, ms) => {
    times.push(ms)
    endedAt = performance.now()
  })
  const { errors, non2xx, mismatches } = await run
  if (errors + non2xx + mismatches > 0) {
    throw new Error(`${url}: ${errors} errors, ${non2xx} refusals, ${mismatches} wrong answers; ${fault}`)
  }
  return resultOf(times, endedAt - startedAt)
}
