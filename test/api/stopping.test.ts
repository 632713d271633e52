import { Agent, request } from 'node:http'
import { expect, test } from '@jest/globals'
import { dataset, runEvent } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { headOf, nextAnswer, openConnection, untilClosed } from '../harness/raw-http.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'

const event = (run: string) =>
  JSON.stringify(runEvent('job', run, 'COMPLETE', minute(2), { outputs: [dataset('a')] }))
const mutation = JSON.stringify({
  query: 'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k" }] }) { duplicate } }',
})
const post = (path: string, body: string) =>
  headOf(`POST ${path}`, { 'content-length': Buffer.byteLength(body) }) + body

const REQUESTS = {
  '/graphql': post('/graphql', mutation),
  '/api/v1/lineage': post('/api/v1/lineage', event('1')),
  '/api/v1/lineage/batch': post('/api/v1/lineage/batch', `[${event('2')}]`),
  '/export/lineage': headOf('GET /export/lineage?key=k'),
}

test.each(Object.entries(REQUESTS))(
  'a request on a connection that was kept is answered while the server stops, as the last: %s',
  async (_path, text) => {
    await using server = await startTestServer()
    await record(server, { assets: [{ key: 'k' }] })
    const kept = await openConnection(server.url)
    kept.write(headOf('GET /livez'))
    expect(await nextAnswer(kept)).toMatch(/^HTTP\/1\.1 200 [\s\S]*keep-alive/)
    const stopped = server.stop()
    kept.write(text)
    const answer = await untilClosed(kept)
    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"SERVICE_UNAVAILABLE"/)
    expect(answer).toMatch(/\r\nretry-after: 1\r\n/i)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    await stopped
  },
)

test('what is under way is answered, and the answer says that it is the last on its connection', async () => {
  await using server = await startTestServer()
  await record(server, { assets: [{ key: 'k' }] })
  const asked = ['/graphql', '/api/v1/lineage', '/api/v1/lineage/batch'] as const
  const { answers, stopped } = await whileHolding(
    server.database,
    'LOCK TABLE asset_state IN EXCLUSIVE MODE',
    async (untilBlocked) => {
      const underWay = asked.map(async (path) => {
        const socket = await openConnection(server.url)
        socket.write(REQUESTS[path])
        return untilClosed(socket)
      })
      await untilBlocked(2)
      return { answers: underWay, stopped: server.stop() }
    },
  )
  const [mutated, taken, batch] = await Promise.all(answers)
  expect(mutated).toMatch(/^HTTP\/1\.1 200 [\s\S]*"duplicate":false/)
  expect(taken).toMatch(/^HTTP\/1\.1 201 /)
  expect(batch).toMatch(/^HTTP\/1\.1 200 [\s\S]*"status":"success"/)
  for (const answer of [mutated, taken, batch]) expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  await stopped
})

test('clients that send one request after the other meet no connection that is cut', async () => {
  await using server = await startTestServer()
  const agent = new Agent({ keepAlive: true })
  const ask = (body: string) =>
    new Promise<number | string | undefined>((resolve) => {
      const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } }
      const failed = (error: NodeJS.ErrnoException) => resolve(error.code)
      const asked = request(`${server.url}/api/v1/lineage`, options, (answer) => {
        answer
          .resume()
          .once('end', () => resolve(answer.statusCode))
          .once('error', failed)
      })
      asked.once('error', failed).end(body)
    })
  let answered = 0
  let stopped: Promise<void> | undefined
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let at = 0; ; at++) {
      const status = await ask(event(`${client}-${at}`))
      if (status !== 201) return status
      answered++
      if (answered === 100) stopped = server.stop()
    }
  })
  // Whose last answer said that the connection ends opens another, and finds nobody.
  for (const outcome of await Promise.all(clients)) expect([503, 'ECONNREFUSED']).toContain(outcome)
  await stopped
  expect(await server.database.sql('SELECT FROM run')).toHaveLength(answered)
})

test('a client that sends a long body while the server stops has its answer', async () => {
  await using server = await startTestServer()
  const kept = await openConnection(server.url)
  kept.write(headOf('GET /livez'))
  await nextAnswer(kept)
  const stopped = server.stop()
  const body = event('1').padEnd(8_000_000)
  // All of it before anything of the answer is read.
  await new Promise((sent) => kept.write(post('/api/v1/lineage', body), sent))
  expect(await untilClosed(kept)).toMatch(/^HTTP\/1\.1 503 /)
  await stopped
})
