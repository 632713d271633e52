import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { below } from '../measure/target.mjs'

const SUBSCRIBERS = fileURLToPath(new URL('./live-subscribers.mjs', import.meta.url))

/** Recordings a second, while they are followed. */
const RATE = 20
/** How long it goes on before it is measured: PostgreSQL tidies up behind the seeding for about so long. */
const WARM_UP_SECONDS = 30

const RECORD =
  'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { watermark } }'

/**
 * How long after a recording was answered, so committed, each of many subscribers on websockets is told of it; all of them in
 * one process of their own, which takes one of the two cores.
 *
 * @param {number} count of subscribers
 * @param {number} mostMs at the 99th percentile
 * @returns {import('./scenario.mjs').Scenario}
 */
export function live(count, mostMs) {
  return {
    name: `live-${count}`,
    loads: [],
    prepare: async (bench) => {
      const ground = await bench.main()
      const { url } = await ground.server('headwater')
      const what = `from commit to ${count.toLocaleString('en')} subscribers, ${RATE} recordings a second`
      const finish = async () => {
        const delays = await delaysOf(url, count, bench.effort.rounds * bench.effort.seconds)
        return [
          [0.5, null],
          [0.99, below(mostMs, 'ms')],
        ].map(([part, target]) => {
          const ms = delays[Math.floor(part * (delays.length - 1))]
          return {
            what,
            connections: count,
            figure: `p${100 * part} delay, ms`,
            ours: ms,
            peer: null,
            value: ms,
            target,
          }
        })
      }
      return { what, sides: [], finish }
    },
  }
}

/** In ms, in order of length; what came before its recording was answered came at once. */
async function delaysOf(url, count, seconds) {
  const { watermark } = await record(url, 'before')
  const subscribers = fork(SUBSCRIBERS, [url, String(count), watermark])
  try {
    const begun = messageOf(subscribers)
    await record(url, 'first')
    await begun
    const answeredAt = new Map()
    const from = performance.now() + 1_000 * WARM_UP_SECONDS
    const until = from + 1_000 * seconds
    for (let count = 0; performance.now() < until; count++) {
      const version = `v${count}`
      await record(url, version)
      if (performance.now() > from) answeredAt.set(version, process.hrtime.bigint())
      await sleep(1_000 / RATE)
    }
    const told = messageOf(subscribers)
    subscribers.send([...answeredAt.keys()])
    const arrivals = await told
    return [...answeredAt.values()]
      .flatMap((answered, at) => arrivals[at].map((arrived) => Number(BigInt(arrived) - answered) / 1e6))
      .map((ms) => Math.max(0, ms))
      .sort((a, b) => a - b)
  } finally {
    const exited = once(subscribers, 'exit')
    subscribers.kill()
    await exited
  }
}

/** The next; throws where there will be none. */
function messageOf(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the subscribers have ended with ${code}`)))
  })
}

async function record(url, version) {
  const input = { jobId: 'bench', assets: [{ key: 'live', version, upstream: [{ key: 'live/source' }] }] }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: RECORD, variables: { input } }),
  })
  const { data } = await response.json()
  return data.recordMaterializations
}
