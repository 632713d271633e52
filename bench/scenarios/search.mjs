import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase, withClient } from '../ground/database.mjs'
import { Random } from '../ground/random.mjs'
import { seedWarehouse, warehouseAssets } from '../ground/warehouse.mjs'
import { below } from '../measure/target.mjs'
import { dataOf } from '../questions/meaning.mjs'
import { searches } from '../questions/searches.mjs'
import { migrate } from '../servers/server-process.mjs'
import { SERVERS } from '../servers/servers.mjs'
import { askOnce } from './agreed.mjs'

const OF_EACH_SORT = 200

/** How often to look whether everything can be found, in ms. */
const PAUSE_MS = 100

/**
 * How long one client waits for `searchAssets`, among assets with names such as warehouses have. Every answer is checked:
 * a key is its own first hit, and what a query was made from is among the hits where these are all.
 *
 * @param {number} size
 * @returns {import('./scenario.mjs').Scenario}
 */
export function search(size) {
  return {
    name: 'search',
    loads: [],
    prepare: async (bench) => {
      const random = new Random(bench.seed + 3)
      const assets = warehouseAssets(random, bench.smaller(size))
      const questions = searches(random, assets, OF_EACH_SORT)
      const what = `search among ${assets.length.toLocaleString('en-US')} assets`
      const finish = () => measured(bench.postgresUrl, assets, questions, what)
      return { what, sides: [], finish }
    },
  }
}

async function measured(postgresUrl, assets, questions, what) {
  const { url: databaseUrl, drop } = await createDatabase(postgresUrl)
  let server
  try {
    await migrate(databaseUrl)
    await withClient(databaseUrl, (client) => seedWarehouse(client, assets))
    server = await SERVERS.headwater(databaseUrl)
    await untilFilled(server.url, questions)
    await withClient(databaseUrl, (client) => client.query('VACUUM (ANALYZE)'))
    // The first ones warm the server up.
    for (const { body } of questions.filter((_, at) => at % 10 === 0)) await askOnce(server.url, body)
    const times = []
    for (const question of questions) {
      const startedAt = performance.now()
      const body = await askOnce(server.url, question.body)
      times.push({ sort: question.sort, ms: performance.now() - startedAt })
      check(question, dataOf(body).searchAssets)
    }
    const sorts = [...new Set(times.map(({ sort }) => sort))]
    return [
      ...[0.5, 0.95].map((part) => findingOf(what, part, times)),
      ...sorts.map((sort) =>
        findingOf(
          `${what}, ${sort}`,
          0.95,
          times.filter((time) => time.sort === sort),
        ),
      ),
    ]
  } finally {
    await server?.stop()
    await drop()
  }
}

/** Resolves when the server has made everything searchable that was there before it. */
async function untilFilled(url, questions) {
  const nothing = questions.find(({ sort }) => sort === 'nothing')
  while (!dataOf(await askOnce(url, nothing.body)).searchAssets.complete) await sleep(PAUSE_MS)
}

function check({ sort, asset, query }, { hits, complete }) {
  const isFound = hits.some((hit) => hit.asset.key === asset.key && hit.asset.namespace === asset.namespace)
  const isWrong = {
    exact: !isFound || hits[0].score !== 1,
    nothing: false,
  }[sort]
  if (isWrong ?? (complete && !isFound)) throw new Error(`${sort}: ${query} does not find ${asset.key}`)
}

function findingOf(what, part, times) {
  const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b)
  const ms = sorted[Math.floor(part * (sorted.length - 1))]
  return {
    what,
    connections: 1,
    figure: `p${100 * part}, ms`,
    ours: ms,
    peer: null,
    value: ms,
    target: part === 0.95 ? below(20, 'ms') : null,
  }
}
