import { record, unique } from '../../harness/recordings.js'
import { walk } from '../../harness/walks.js'
import { COLUMN_REQUESTS } from './column-requests.js'
import { LIVE_REQUESTS } from './live-requests.js'
import { LOOK_UP_REQUESTS } from './look-up-requests.js'
import { RECORDING_REQUESTS } from './recording-requests.js'
import { EARLY, keyed, LATE, MIDDLE, type Request } from './request.js'
import { RUN_REQUESTS } from './run-requests.js'
import { SELECTION_REQUESTS } from './selection-requests.js'
import { WALK_REQUESTS } from './walk-requests.js'

/** What a server with the graph in its process sends beside, or instead. */
export const GRAPH_REQUESTS: readonly Request[] = [
  {
    name: 'from the graph: a current walk, of which nothing is known yet',
    isLarge: true,
    send: (server) => walk(server, LATE, { direction: 'UPSTREAM', scope: 'CURRENT', limit: 100 }),
  },
  {
    name: 'from the graph: a walk up with times',
    send: (server) => walk(server, LATE, { direction: 'UPSTREAM', limit: 10_000 }),
  },
  {
    name: 'from the graph: a recording of what is known',
    send: (server) => record(server, keyed({ assets: [{ key: MIDDLE }], upstream: [{ key: EARLY }] })),
  },
  {
    name: 'from the graph: what others have recorded',
    send: async (server) => {
      await record(server, keyed({ assets: [{ key: MIDDLE }], upstream: [{ key: unique('new') }] }))
      await server.seeDatabase()
    },
  },
]

/** Each kind of request once at least; together they send every statement that the store prepares. */
export const REQUESTS: readonly Request[] = [
  { name: 'readiness', send: (server) => fetch(`${server.url}/readyz`) },
  ...RECORDING_REQUESTS,
  ...WALK_REQUESTS,
  ...LOOK_UP_REQUESTS,
  ...RUN_REQUESTS,
  ...SELECTION_REQUESTS,
  ...COLUMN_REQUESTS,
  ...LIVE_REQUESTS,
]
