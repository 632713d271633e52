import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  // So that what nests deeply is read.
  server = await startTestServer({ variables: { HEADWATER_JSON_DEPTH: '100000' } })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('over HTTP', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body })

  test.each([
    ['a body that is no JSON', () => post('{'), 400],
    ['a batch of operations', () => post('[{"query":"{ __typename }"}]'), 400],
    ['a form, which a foreign page could send', () => post('{"query":"{ __typename }"}', 'text/plain'), 400],
    [
      'a mutation by GET',
      () =>
        fetch(`${server.url}/graphql?query=mutation{a}`, { headers: { 'apollo-require-preflight': '1' } }),
      400,
    ],
    ['a body beyond the limit', () => post(`{"query":"${' '.repeat(33 * 1024 * 1024)}"}`), 413],
    ['a path that is not there', () => fetch(`${server.url}/nowhere`), 404],
  ])('%s is refused in the form of every other error', async (_what, send, status) => {
    const response = await send()
    expect(response.status).toBe(status)
    const body = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] }
    expect(body.errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  const messageOf = async (response: Response) => {
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    return errors[0]?.message
  }

  test.each([
    ['{"query":"{ __typen', 'got its first 19 characters: it breaks off'],
    ['{"query":"{ __typename }"', 'got its first 25 characters: it breaks off'],
    ['{"query":', 'got its first 9 characters: it breaks off'],
    ['{', 'got its first 1 character: it breaks off'],
    ['{"query" "a"}', 'got 13 characters that are none: '],
    ['query=a', 'got 7 characters that are none: '],
    ['"a"', 'got 3 characters that are none: '],
  ])('of the body %s it is said what came, and what was expected', async (body, message) => {
    expect(await messageOf(await post(body))).toContain(`expected a body of JSON, an object, ${message}`)
  })

  test('who forgets a header that a subscription by GET needs is told which', async () => {
    const url = `${server.url}/graphql?query=subscription{dagStatusChanged(dagId:"a"){dagId}}`
    expect(await messageOf(await fetch(url, { headers: { accept: 'application/json' } }))).toBe(
      'expected a request that no page of another site can send: with Accept: text/event-stream for a subscription by GET, or Content-Type: application/json, or a header apollo-require-preflight that is not empty',
    )
  })

  test('of a path that is not there it is said which are, /metrics among them where it is on', async () => {
    expect(await messageOf(await fetch(`${server.url}/nowhere`))).toBe(
      'GET /nowhere: expected /graphql, /api/v1/lineage, /export/lineage, /metrics, /livez or /readyz',
    )
    await using unmeasured = await startTestServer({ variables: { HEADWATER_METRICS: 'off' } })
    expect(await messageOf(await fetch(`${unmeasured.url}/nowhere`))).not.toContain('/metrics')
  })

  const deepList = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const deepObject = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
  test.each([
    ['metadata', deepObject, 'input.assets[0].metadata: expected at most 64 levels, got more than 64 levels'],
    ['metadata', deepList, 'JSONObject: expected a JSON object, got a list'],
    [
      'sizeBytes',
      deepList,
      'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got a list',
    ],
    ['key', deepList, 'String cannot represent a non string value: [[[Array]]]'],
    ['upstream', deepList, 'Expected type "UpstreamRefInput" to be an object.'],
    ['nothing', deepList, 'Field "nothing" is not defined by type "MaterializedAssetInput".'],
  ])('JSON of 20,000 levels is read, and refused as %s', async (member, value, message) => {
    const query =
      'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { duplicate } }'
    const response = await post(
      `{"query":${JSON.stringify(query)},"variables":{"input":{"jobId":"j","assets":[{"key":"k","${member}":${value}}]}}}`,
    )
    expect(response.status).toBe(400)
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    expect(errors[0]?.message.endsWith(message)).toBe(true)
  })

  test('what nobody foresaw is masked, under an id', async () => {
    await using broken = await startTestServer()
    await broken.database.sql('DROP TABLE asset CASCADE')
    const { status, errors } = await broken.ask('{ asset(key: "a") { id } }')
    expect(status).toBe(500)
    expect(errors[0]?.message).toMatch(/^internal error [0-9a-f-]{36}: the server’s log says more$/)
    expect(Object.keys(errors[0]?.extensions ?? {})).toEqual(['code', 'errorId'])
  })
})
