import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'

const EVENTS = new URL('../../../shared/openlineage-events/', import.meta.url)
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
const post = (body: string) => fetch(`${server.url}/api/v1/lineage`, { method: 'POST', body })

describe('real', () => {
  const scenarios = existsSync(EVENTS)
    ? readdirSync(EVENTS).filter((n) => !n.includes('.') && n !== 'LICENSE')
    : []
  test.each(scenarios)('%s', async (name) => {
    const files = readdirSync(new URL(`${name}/`, EVENTS)).sort()
    for (const file of files) {
      const res = await post(readFileSync(new URL(`${name}/${file}`, EVENTS), 'utf8'))
      expect([res.status, await res.text()]).toEqual([201, ''])
    }
    const counts = await server.database.sql(
      'SELECT (SELECT count(*)::int FROM run) AS runs, (SELECT count(*)::int FROM materialization) AS made, (SELECT count(*)::int FROM lineage_edge) AS edges, (SELECT count(*)::int FROM openlineage_event) AS events',
      [],
    )
    console.log(name, counts)
  })
})
