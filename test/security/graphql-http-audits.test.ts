import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Audit, serverAudits } from 'graphql-http'
import { startTestServer, type TestServer } from '../harness/server.js'

// https://graphql.github.io/graphql-over-http: MUST that is broken is an error, SHOULD a warning, MAY a notice.

let server: TestServer
const apollo = new ApolloServer({ typeDefs: 'type Query { hello: String }' })
let apolloUrl: string
beforeAll(async () => {
  server = await startTestServer()
  apolloUrl = (await startStandaloneServer(apollo, { listen: { port: 0, host: '127.0.0.1' } })).url
})
afterAll(async () => {
  await apollo.stop()
  await server[Symbol.asyncDispose]()
})

/** As programs ask, whose requests no foreign page can send. */
const asProgram: typeof fetch = (url, init = {}) => {
  const headers = new Headers(init.headers)
  headers.set('apollo-require-preflight', '1')
  return fetch(url, { ...init, headers })
}

/** The names of the audits that do not pass, by what that is. */
async function failing(url: string): Promise<Record<'error' | 'warn' | 'notice', string[]>> {
  const failed: Awaited<ReturnType<typeof failing>> = { error: [], warn: [], notice: [] }
  for (const audit of auditsOf(url)) {
    const { status, name } = await audit.fn()
    if (status !== 'ok') failed[status].push(name)
  }
  return failed
}

const auditsOf = (url: string): Audit[] => serverAudits({ url, fetchFn: asProgram })

const STATUS_OF_CODE =
  'The status is that of the error, here as with every other media type, so that logs and proxies see what failed.'

/** What we leave, each with why. */
const WARNINGS: Readonly<Record<string, string>> = {
  'SHOULD use 200 status code on document parsing failure when accepting application/json': STATUS_OF_CODE,
  'SHOULD use 200 status code on document validation failure when accepting application/json': STATUS_OF_CODE,
  'SHOULD use a status code of 200 on variable coercion failure when accepting application/json':
    STATUS_OF_CODE,
}

test('all of GraphQL over HTTP that is a must holds; what else is left is known, and Apollo Server’s own', async () => {
  expect(auditsOf(server.url).length).toBeGreaterThan(60)
  const ours = await failing(`${server.url}/graphql`)
  expect(ours.error).toEqual([])
  expect(ours.warn.toSorted()).toEqual(Object.keys(WARNINGS).toSorted())
  const theirs = await failing(apolloUrl)
  expect(theirs.warn).toEqual(expect.arrayContaining(ours.warn))
  expect(theirs.notice).toEqual(expect.arrayContaining(ours.notice))
})
