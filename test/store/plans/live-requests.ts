import { record } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { subscribe } from '../../harness/subscriber.js'
import { keyed, MIDDLE, type Request } from './request.js'

const follow = (server: TestServer, after: string | null) =>
  subscribe<unknown>(
    server.url,
    `subscription { materializationRecorded${after === null ? '' : `(after: "${after}")`} { watermark } }`,
    { transport: 'event stream' },
  )

const recordOne = async (server: TestServer): Promise<bigint> => {
  const { watermark } = await record(server, keyed({ assets: [{ key: MIDDLE }] }))
  return BigInt(/^w2:(\d+)/.exec(Buffer.from(watermark, 'base64url').toString())?.[1] ?? 0)
}

const watermarkOf = (text: string) => Buffer.from(`w2:${text}`).toString('base64url')

/** What is followed. */
export const LIVE_REQUESTS: readonly Request[] = [
  {
    name: 'what has been recorded since a watermark',
    send: async (server) => {
      const next = await recordOne(server)
      await recordOne(server)
      await using subscription = follow(server, watermarkOf(`${next}`))
      await subscription.next()
    },
  },
  {
    name: 'what has been recorded since a watermark by transactions that were under way then',
    send: async (server) => {
      const next = await recordOne(server)
      await using subscription = follow(server, watermarkOf(`${next}:${next - 3n}-${next - 1n}`))
      await subscription.next()
    },
  },
]
