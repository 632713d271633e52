import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('an id', () => {
  const idOf = (tag: number, bytes: number) =>
    Buffer.from([
      tag,
      ...Array.from({ length: bytes }, (_, at) => (at % 16 === 6 ? 0x70 : at % 16 === 8 ? 0x80 : 7)),
    ]).toString('base64url')

  test('of what is not there is null', async () => {
    const answer = await server.query<Record<string, null>, never>(
      `{ materialization(id: "${idOf(2, 32)}") { id } one: node(id: "${idOf(2, 32)}") { id } other: node(id: "${idOf(1, 16)}") { id } }`,
    )
    expect(answer).toEqual({ materialization: null, one: null, other: null })
  })

  test('of another type is refused', async () => {
    const id = idOf(1, 16)
    const { status, errors } = await server.ask(`{ materialization(id: "${id}") { id } }`)
    expect(status).toBe(400)
    expect(errors[0]).toMatchObject({
      message: `id: expected the id of a Materialization that this API answered with, got "${id}"`,
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    })
  })

  test.each([
    ['of no type', idOf(3, 16)],
    ['of no UUID', Buffer.alloc(17, 1).toString('base64url')],
    ['too short', idOf(1, 15)],
    ['too long', idOf(2, 33)],
    ['in another alphabet', `${idOf(1, 16)}=`],
    ['empty', ''],
  ])('that is %s is refused', async (_what, id) => {
    const { errors } = await server.ask(`{ node(id: "${id}") { id } }`)
    expect(errors[0]).toMatchObject({
      message: `id: expected the id of a node that this API answered with, got "${id}"`,
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    })
  })
})
