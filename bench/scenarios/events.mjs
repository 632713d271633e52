import { createDatabase, withClient } from '../ground/database.mjs'
import { overHttp } from '../measure/over-http.mjs'
import { above } from '../measure/target.mjs'
import { Events } from '../questions/events.mjs'
import { migrate } from '../servers/server-process.mjs'
import { SERVERS } from '../servers/servers.mjs'

const WARM_UP = 1_000

/** How many are sent, for so many clients. */
const AMOUNTS = new Map([
  [1, 1_000],
  [32, 10_000],
])

/**
 * How many OpenLineage events are taken in a second, each by a request of its own. What has been answered must be kept,
 * and applied.
 *
 * @returns {import('./scenario.mjs').Scenario}
 */
export function events() {
  return {
    name: 'openlineage events',
    loads: [],
    prepare: async (bench) => ({
      what: 'OpenLineage events',
      sides: [],
      finish: () => measured(bench.postgresUrl),
    }),
  }
}

async function measured(postgresUrl) {
  const { url: databaseUrl, drop } = await createDatabase(postgresUrl)
  let server
  try {
    await migrate(databaseUrl)
    server = await SERVERS.headwater(databaseUrl)
    const url = server.url.replace(/graphql$/, 'api/v1/lineage')
    const source = new Events('run')
    const side = overHttp({
      name: 'Headwater',
      url,
      nextBody: () => source.next(),
      isRight: (body) => body === '',
    })
    let sent = (await side.drive({ connections: 32, amount: WARM_UP })).answers
    const findings = []
    for (const [connections, amount] of AMOUNTS) {
      const { answers, perSecond } = await side.drive({ connections, amount })
      sent += answers
      findings.push({
        what: 'OpenLineage events',
        connections,
        figure: 'per second',
        ours: perSecond,
        peer: null,
        value: perSecond,
        target: connections === 32 ? above(1_000, 'a second') : null,
      })
    }
    await withClient(databaseUrl, (client) => checkKept(client, sent))
    return findings
  } finally {
    await server?.stop()
    await drop()
  }
}

async function checkKept(client, sent) {
  const { rows } = await client.query(
    `SELECT (SELECT count(*) FROM openlineage_event)::int AS kept, (SELECT count(*) FROM materialization)::int AS made,
       (SELECT count(*) FROM run WHERE state = 'COMPLETED')::int AS completed`,
  )
  const [{ kept, made, completed }] = rows
  if (kept !== sent || made !== completed || completed !== sent >> 1) {
    throw new Error(
      `of ${sent} events ${kept} are kept, ${completed} runs complete, ${made} materializations made`,
    )
  }
}
