import { checkDatabase } from '../ground/check-database.mjs'
import { withClient } from '../ground/database.mjs'
import { Random } from '../ground/random.mjs'
import { overHttp } from '../measure/over-http.mjs'
import { dataOf } from '../questions/meaning.mjs'
import { ASSETS_A_CALL, Recordings, UPSTREAMS_AN_ASSET } from '../questions/recordings.mjs'

/**
 * `recordMaterializations`. It changes what walks would find, so it comes last.
 *
 * @param {import('./scenario.mjs').Load[]} loads
 * @returns {import('./scenario.mjs').Scenario}
 */
export function recording(loads) {
  const name = `recording, ${ASSETS_A_CALL} × ${UPSTREAMS_AN_ASSET}`
  return {
    name,
    loads,
    prepare: async (bench) => {
      const ground = await bench.main()
      const recordings = new Recordings(new Random(bench.seed + 2), ground.graph)
      /** How many calls each server has answered, by the job that they name. */
      const answered = new Map()
      const sideOf = async (whose, server) =>
        counting(
          answered,
          server,
          overHttp({
            name: whose,
            url: (await ground.server(server)).url,
            nextBody: () => recordings.next(server),
            isRight,
          }),
        )
      return {
        what: name,
        sides: [await sideOf('Headwater', 'headwater'), await sideOf('naive', 'naive')],
        finish: async () => {
          await withClient(ground.url, (client) => checkDatabase(client, answered))
          return []
        },
      }
    },
  }
}

function counting(answered, job, side) {
  const drive = async (work) => {
    const result = await side.drive(work)
    answered.set(job, (answered.get(job) ?? 0) + result.answers)
    return result
  }
  return { ...side, drive }
}

function isRight(body) {
  const { materializations, duplicate } = dataOf(body).recordMaterializations
  return materializations.length === ASSETS_A_CALL && !duplicate
}
