import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { closureOf } from '../ground/closures.mjs'
import { rangeOf, rootsOfSize } from '../ground/roots.mjs'
import { below } from '../measure/target.mjs'
import * as headwater from '../questions/headwater.mjs'

const WANTED = 10_000

/** How often a bystander asks, in ms. */
const PAUSE_MS = 5

const ASKER = fileURLToPath(new URL('./stall-asker.mjs', import.meta.url))

/**
 * How long others wait while a server answers with 10,000 nodes and their edges, one such answer after another: the time
 * to an answer of `/livez`, which needs nothing but a turn of the event loop. A process of its own takes the large
 * answers, so that reading them holds up nobody who measures.
 *
 * @returns {import('./scenario.mjs').Scenario}
 */
export function stall() {
  return {
    name: 'stall',
    loads: [],
    prepare: async (bench) => {
      const ground = await bench.main()
      const roots = rootsOfSize(
        ground.graph,
        { seed: bench.seed, wanted: WANTED, count: 4, most: WANTED },
        (asset) => closureOf(ground.graph.upstream, asset, WANTED).size,
      )
      const { url } = await ground.server('headwater')
      const questions = roots.map(({ asset }) => headwater.flat(ground.graph.keyOf(asset)))
      const what = `bystander of a flat walk, ${rangeOf(roots)}`
      const finish = async () => {
        // The first ones warm the server up.
        await waitsBeside(url, questions, bench.effort.seconds)
        const waits = await waitsBeside(url, questions, bench.effort.rounds * bench.effort.seconds)
        return [0.5, 0.99].map((part) => findingOf(what, part, waits))
      }
      return { what, sides: [], finish }
    },
  }
}

function findingOf(what, part, waits) {
  const ms = waits[Math.floor(part * (waits.length - 1))]
  return {
    what,
    connections: 1,
    figure: `p${100 * part} wait, ms`,
    ours: ms,
    peer: null,
    value: ms,
    target: part === 0.99 ? below(50, 'ms') : null,
  }
}

/** How long each of a bystander's requests took, in ms, in order of length. */
async function waitsBeside(url, questions, seconds) {
  const asker = fork(ASKER, [url, JSON.stringify(questions)])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const livez = new URL('/livez', url)
  const waits = []
  try {
    await once(asker, 'message')
    const until = performance.now() + 1_000 * seconds
    while (performance.now() < until) {
      const startedAt = performance.now()
      const [response] = await once(get(livez, { agent }), 'response')
      await once(response.resume(), 'end')
      waits.push(performance.now() - startedAt)
      await sleep(PAUSE_MS)
    }
  } finally {
    agent.destroy()
    const exited = once(asker, 'exit')
    asker.kill()
    await exited
  }
  return waits.sort((a, b) => a - b)
}
