import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a server and its database, to take the database away and give it back. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The database, through the proxy. */
  url: string
  /** From now on nothing passes, either way, and nothing says so. */
  freeze(): void
  /** From now on what is sent arrives, and no answer to it comes back. */
  deafen(): void
  /** Resets every connection, in the middle of whatever passes; those to come are not touched. */
  reset(): void
  /** From now on every connection breaks at once. */
  cut(): void
  /** Lets everything pass again, on connections to come. */
  restore(): void
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const url = new URL(databaseUrl)
  const socketFolder = url.searchParams.get('host')
  const target =
    socketFolder === null
      ? { host: url.hostname, port: Number(url.port || 5432) }
      : { path: `${socketFolder}/.s.PGSQL.${url.port || 5432}` }
  const pairs = new Set<[Socket, Socket]>()
  let state: 'passing' | 'frozen' | 'deaf' | 'cut' = 'passing'

  const proxy = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const database = connect(target)
    const pair: [Socket, Socket] = [client, database]
    pairs.add(pair)
    for (const [from, to] of [pair, pair.toReversed() as [Socket, Socket]]) {
      from.on('data', (bytes) => {
        if (state === 'passing' || (state === 'deaf' && to === database)) to.write(bytes)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port')

  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  url.searchParams.delete('host')
  const breakAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    url: url.href,
    freeze: () => {
      state = 'frozen'
    },
    deafen: () => {
      state = 'deaf'
    },
    reset: () => {
      // To the database it may be a Unix socket, which has no reset.
      for (const [client] of pairs) client.resetAndDestroy()
    },
    cut: () => {
      state = 'cut'
      breakAll()
    },
    restore: () => {
      // What has lost bytes cannot go on.
      if (state === 'frozen' || state === 'deaf') breakAll()
      state = 'passing'
    },
    [Symbol.asyncDispose]: async () => {
      breakAll()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
