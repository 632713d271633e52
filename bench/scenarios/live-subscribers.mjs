// Subscribes many times over, and tells when each event came: `live-subscribers.mjs URL COUNT WATERMARK`, as a child process.
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

const [url, count, after] = process.argv.slice(2)
const query = `subscription { materializationRecorded(after: "${after}") { materialization { version asset { key } } watermark } }`

/** When each version came to each subscriber, in ns of the machine's clock. */
const arrivals = new Map()
let begun = 0

for (let at = 0; at < Number(count); at++) follow()

async function follow() {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket })
  let isFirst = true
  for await (const { data } of client.iterate({ query })) {
    const now = process.hrtime.bigint()
    const { version } = data.materializationRecorded.materialization
    arrivals.set(version, [...(arrivals.get(version) ?? []), now])
    if (isFirst && ++begun === Number(count)) process.send('begun')
    isFirst = false
  }
}

process.on('message', (versions) => {
  const told = versions.map((version) => (arrivals.get(version) ?? []).map(String))
  if (told.every(({ length }) => length === Number(count))) process.send(told)
  else setTimeout(() => process.emit('message', versions), 50)
})
