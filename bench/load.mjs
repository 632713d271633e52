import autocannon from 'autocannon'

/** Longer than any answer takes; autocannon's own default would drop the peer's slowest. */
const TIMEOUT_SECONDS = 300

/**
 * Sends a number of requests, so many at a time, and waits for all answers. Throws for an error, and for an answer
 * that is not right.
 *
 * @param {object} load
 * @param {string} load.url
 * @param {number} load.connections
 * @param {number} load.amount
 * @param {() => string} load.nextBody
 * @param {(body: string) => boolean} load.isRight
 * @returns {Promise<{ answers: number, p50: number, perSecond: number }>} p50 in ms
 */
export async function drive({ url, connections, amount, nextBody, isRight }) {
  const times = []
  let fault
  // autocannon calls this from within its parser: it must not throw.
  const verifyBody = (body) => {
    try {
      if (isRight(body)) return true
      fault ??= `not the answer both have given: ${body.slice(0, 300)}`
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
  return {
    answers: times.length,
    p50: median(times),
    perSecond: (times.length / (endedAt - startedAt)) * 1_000,
  }
}

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
