import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const asset = (members: object) => ({ assets: [{ key: 'k', ...members }] })

/** What is wrong with the values of a request, and the end of the message that says so. */
const VALUES: [what: string, input: object, message: string][] = [
  [
    'an integer of 70 bits',
    asset({ sizeBytes: 2 ** 70 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 1.1805916207174113e+21',
  ],
  [
    'an integer of 70 bits as a string',
    asset({ sizeBytes: '1180591620717411303424' }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 1180591620717411303424',
  ],
  [
    'a fraction for an integer',
    asset({ sizeBytes: 0.5 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 0.5',
  ],
  [
    'an integer that JSON rounds',
    asset({ sizeBytes: 2 ** 53 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 9007199254740992',
  ],
  [
    'an integer past 2^63 - 1',
    asset({ sizeBytes: '9223372036854775808' }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 9223372036854775808',
  ],
  [
    'a storage event past -2^63',
    { storageEventId: '-9223372036854775809' },
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got -9223372036854775809',
  ],
  [
    'a text for an integer',
    asset({ sizeBytes: 'x'.repeat(100) }),
    `BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got "${'x'.repeat(60)}…"`,
  ],
  ['a list for metadata', asset({ metadata: [1] }), 'JSONObject: expected a JSON object, got a list'],
  ['a long text for metadata', asset({ metadata: '{'.repeat(100) }), `got "${'{'.repeat(60)}…"`],
  ['a text for metadata', asset({ metadata: '{}' }), 'JSONObject: expected a JSON object, got "{}"'],
  ...(
    [
      ['a time without an offset', '2026-01-01T00:00:00'],
      ['a date', '2026-01-01'],
      ['a day that is not', '2026-02-30T00:00:00Z'],
      ['a leap second', '2016-12-31T23:59:60Z'],
      ['the year 10000', '10000-01-01T00:00:00Z'],
    ] as const
  ).map(([what, materializedAt]): (typeof VALUES)[number] => [
    what,
    { materializedAt },
    `DateTime: expected an ISO 8601 instant with an offset, got "${materializedAt}"`,
  ]),
  [
    'a number for a time',
    { materializedAt: 1_767_225_600_000 },
    'DateTime: expected an ISO 8601 instant with an offset, got 1767225600000',
  ],
  [
    'a field that is not there',
    asset({ nothing: 1 }),
    'Field "nothing" is not defined by type "MaterializedAssetInput".',
  ],
  ['a job that is null', { jobId: null }, 'Expected non-nullable type "String!" not to be null.'],
]

test.each(VALUES)('a variable is refused with %s', async (_what, input, message) => {
  const { status, errors } = await server.ask(RecordMaterializationsDocument, {
    input: { jobId: 'job', assets: [{ key: 'k' }], ...input },
  })
  expect(status).toBe(400)
  expect(errors[0]?.message.slice(-message.length)).toBe(message)
  expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
})

test('metadata comes out as it went in, whatever its names', async () => {
  const metadata = JSON.parse(
    '{"__proto__": {"a": 1}, "constructor": null, "": [1e300, "\\u2028", {"b": false}]}',
  )
  const { recordMaterializations } = await server.query<
    { recordMaterializations: { materializations: { metadata: object }[] } },
    object
  >(
    'mutation ($m: JSONObject) { recordMaterializations(input: { jobId: "j", assets: [{ key: "m", metadata: $m }] }) { materializations { metadata } } }',
    { m: metadata },
  )
  expect(JSON.stringify(recordMaterializations.materializations[0]?.metadata)).toBe(JSON.stringify(metadata))
  const stored = await server.ask<{ asset: { latestMaterialization: { metadata: object } } }, never>(
    '{ asset(key: "m") { latestMaterialization { metadata } } }',
  )
  const entries = (value: object) => Object.entries(value).sort()
  expect(entries(stored.data?.asset.latestMaterialization.metadata ?? {})).toEqual(entries(metadata))
  const literal = await server.ask<
    { recordMaterializations: { materializations: { metadata: object }[] } },
    never
  >(
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "m", metadata: { __proto__: { a: 1 } } }] }) { materializations { metadata } } }',
  )
  expect(JSON.stringify(literal.data?.recordMaterializations.materializations[0]?.metadata)).toBe(
    '{"__proto__":{"a":1}}',
  )
})
