import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'
import { createFolder, headwater, ndjson } from './run-headwater.js'
import { startUnreliableProxy } from './unreliable-proxy.js'

const run = (jobId: string, more: object = {}) => ({ jobId, assets: [{ key: `made/${jobId}` }], ...more })

async function jobsOf(server: TestServer): Promise<string[]> {
  const answer = await server.query<{ materializations: { nodes: { jobId: string }[] } }, never>(
    '{ materializations(first: 1000) { nodes { jobId } } }',
  )
  return answer.materializations.nodes.map(({ jobId }) => jobId).sort()
}

test('record takes NDJSON or an array from a file, and the same again records nothing', async () => {
  await using server = await startTestServer()
  await using folder = await createFolder()
  const layouts = [
    `\ufeff${JSON.stringify(run('a'))}\r\n\r\n  \n${JSON.stringify(run('b'))}`,
    JSON.stringify([run('c'), run('d')], null, 2),
    JSON.stringify([run('e'), run('f')]),
  ]
  for (const layout of layouts) {
    const file = await folder.put('runs', layout)
    expect(await headwater(['record', file], { url: server.url })).toEqual({
      code: 0,
      stdout: 'recorded 2 (2 materializations), already there 0, bad 0\n',
      stderr: '',
    })
    expect(await headwater(['record', file], { url: `${server.url}/graphql` })).toEqual({
      code: 0,
      stdout: 'recorded 0 (0 materializations), already there 2, bad 0\n',
      stderr: '',
    })
  }
  expect(await jobsOf(server)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('record takes standard input: one object, on one line or several, or nothing at all', async () => {
  await using server = await startTestServer()
  const record = async (stdin: string) =>
    JSON.parse((await headwater(['record', '-', '--json'], { url: server.url, stdin })).stdout)
  const counts = { recorded: 0, materializations: 0, duplicates: 0, bad: 0, badEntries: [] }
  const object = { jobId: 'a', assets: [{ key: 'b' }, { key: 'c' }] }
  expect(await record(JSON.stringify(object))).toEqual({
    ...counts,
    unit: 'line',
    recorded: 1,
    materializations: 2,
  })
  expect(await record(JSON.stringify(object, null, 2))).toEqual({ ...counts, unit: 'item', duplicates: 1 })
  expect(await record('')).toEqual({ ...counts, unit: 'line' })
})

test('one is one, and not several', async () => {
  await using server = await startTestServer()
  const { stdout } = await headwater(['record', '-'], { url: server.url, stdin: ndjson(run('a')) })
  expect(stdout).toBe('recorded 1 (1 materialization), already there 0, bad 0\n')
})

test('of what the file does not date, what stands further down is later', async () => {
  await using server = await startTestServer()
  const versions = Array.from({ length: 150 }, (_, at) => `v${at}`)
  const stdin = ndjson(...versions.map((version) => ({ jobId: 'a', assets: [{ key: 'k', version }] })))
  expect((await headwater(['record', '-'], { url: server.url, stdin })).code).toBe(0)
  const { asset } = await server.query<
    { asset: { materializations: { nodes: { version: string }[] } } },
    never
  >('{ asset(key: "k") { materializations(first: 1000) { nodes { version } } } }')
  expect(asset.materializations.nodes.map(({ version }) => version)).toEqual(versions.toReversed())
})

test('the same content at another place in the file is another run; an idempotencyKey of its own decides', async () => {
  await using server = await startTestServer()
  const twice = ndjson(
    run('same'),
    run('same'),
    run('own', { idempotencyKey: 'k' }),
    run('own', { idempotencyKey: 'k' }),
  )
  const { stdout } = await headwater(['record', '-'], { url: server.url, stdin: twice })
  expect(stdout).toBe('recorded 3 (3 materializations), already there 1, bad 0\n')
  expect(await jobsOf(server)).toEqual(['own', 'same', 'same'])
})

const BAD = [
  JSON.stringify(run('good-1')),
  '{"jobId": "cut off", "ass',
  '',
  JSON.stringify({ jobId: 'no assets' }),
  JSON.stringify(run('unknown member', { colour: 'red' })),
  JSON.stringify({ jobId: 'bounds', assets: [{ key: 'a' }, { key: '' }] }),
  JSON.stringify({ jobId: 'size', assets: [{ key: 'a', sizeBytes: -1 }] }),
  JSON.stringify({ jobId: 'fraction', assets: [{ key: 'a', sizeBytes: 1.5 }] }),
  '{"jobId":"long","storageEventId":9007199254740993,"assets":[{"key":"a"}]}',
  JSON.stringify({ jobId: 'metadata', assets: [{ key: 'a', metadata: [] }] }),
  JSON.stringify(run('time', { materializedAt: 'yesterday' })),
  '17',
  Buffer.from([0x22, 0xff, 0x22]),
  'null',
  JSON.stringify(run('good-2')),
]
const BAD_FILE = Buffer.concat(BAD.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]))
const BAD_LINES = [
  /^line 2: not JSON: /,
  /^line 4: Field "assets" of required type "\[MaterializedAssetInput!\]!" was not provided\.$/,
  /^line 5: Field "colour" is not defined by type "RecordMaterializationsInput"\.$/,
  /^line 6: assets\[1\]\.key: expected 1 to 2048 characters, got 0 characters$/,
  /^line 7: assets\[0\]\.sizeBytes: expected 0 or more bytes, got -1$/,
  /^line 8: assets\[0\]\.sizeBytes: BigInt: expected a whole number .*, got 1\.5$/,
  /^line 9: storageEventId: BigInt: expected a whole number .*, got 9007199254740992$/,
  /^line 10: assets\[0\]\.metadata: JSONObject: expected a JSON object, got a list$/,
  /^line 11: materializedAt: DateTime cannot represent an invalid date-time-string yesterday\.$/,
  /^line 12: Expected type "RecordMaterializationsInput" to be an object\.$/,
  /^line 13: not UTF-8$/,
  /^line 14: expected a recording, got null$/,
]

test('bad lines are named by number, and then nothing is recorded', async () => {
  await using server = await startTestServer()
  await using folder = await createFolder()
  const file = await folder.put('bad.ndjson', BAD_FILE)
  const { code, stdout, stderr } = await headwater(['record', file], { url: server.url })
  expect(code).toBe(1)
  expect(stdout).toBe('recorded 0 (0 materializations), already there 0, bad 12\n')
  const lines = stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(BAD_LINES.length + 1)
  for (const [at, expected] of BAD_LINES.entries()) expect(lines[at]).toMatch(expected)
  expect(lines.at(-1)).toBe(
    'headwater: nothing was recorded: 12 of 14 recordings are bad; correct them, or record the others with --keep-good',
  )
  expect(await jobsOf(server)).toEqual([])
})

test('--keep-good records the good ones, names the bad ones, and still fails', async () => {
  await using server = await startTestServer()
  await using folder = await createFolder()
  const file = await folder.put('bad.ndjson', BAD_FILE)
  const { code, stdout } = await headwater(['record', file, '--keep-good', '--json'], { url: server.url })
  expect(code).toBe(1)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ recorded: 2, materializations: 2, duplicates: 0, bad: 12, unit: 'line' })
  expect(report.badEntries.map(({ number }: { number: number }) => number)).toEqual([
    2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
  ])
  expect(await jobsOf(server)).toEqual(['good-1', 'good-2'])

  // Corrected, the lines around it are known by their places.
  const mended = await folder.put(
    'mended.ndjson',
    BAD_FILE.toString('latin1').replace('"cut off", "ass', '"b","assets":[{"key":"b"}]}'),
  )
  const again = JSON.parse(
    (await headwater(['record', mended, '--keep-good', '--json'], { url: server.url })).stdout,
  )
  expect(again).toMatchObject({ recorded: 1, duplicates: 2, bad: 11 })
})

test('what only the server can refuse is named by line: nothing is recorded, with --keep-good the others are', async () => {
  await using server = await startTestServer()
  const key = (idempotencyKey: string) => ({ idempotencyKey })
  await headwater(['record', '-'], { url: server.url, stdin: ndjson(run('first', key('k'))) })
  const stdin = ndjson(run('a'), run('b', key('k')), run('c'), run('d', key('l')), run('e', key('l')))
  expect(await headwater(['record', '-'], { url: server.url, stdin })).toEqual({
    code: 1,
    stdout: 'recorded 0 (0 materializations), already there 0, bad 1\n',
    stderr: expect.stringMatching(
      /^line 2: .*the content first recorded under "k".*\nheadwater: the server refused line 2; nothing was recorded\n$/,
    ),
  })
  expect(await jobsOf(server)).toEqual(['first'])
  expect(await headwater(['record', '-', '--keep-good'], { url: server.url, stdin })).toEqual({
    code: 1,
    stdout: 'recorded 3 (3 materializations), already there 0, bad 2\n',
    stderr: expect.stringMatching(/^line 2: .*under "k".*\nline 5: .*under "l".*\n$/),
  })
  expect(await jobsOf(server)).toEqual(['a', 'c', 'd', 'first'])
})

test('what a server refuses by another schema than ours is named by line too', async () => {
  await using server = await startTestServer()
  await using folder = await createFolder()
  await using newer = await startNewerServer(server.url)
  const file = await folder.put('runs', ndjson(run('a'), run('odd'), run('b'), run('odder'), run('c')))
  const odd = 'Variable "$inputs" got invalid value null at "assets[0].key"; Expected another.'
  const odder = 'Variable "$inputs" got invalid value null; Expected another.'
  expect(await headwater(['record', file], { url: newer.url })).toEqual({
    code: 1,
    stdout: 'recorded 0 (0 materializations), already there 0, bad 1\n',
    stderr: `line 2: ${odd}\nheadwater: the server refused line 2; nothing was recorded\n`,
  })
  expect(await headwater(['record', file, '--keep-good'], { url: newer.url })).toEqual({
    code: 1,
    stdout: 'recorded 3 (3 materializations), already there 0, bad 2\n',
    stderr: `line 2: ${odd}\nline 4: ${odder}\n`,
  })
  expect(await jobsOf(server)).toEqual(['a', 'b', 'c'])
})

/** Stands before a server, and refuses some jobs as GraphQL refuses variables: without data, and without a field. */
async function startNewerServer(target: string) {
  const newer = createServer(async (request, response) => {
    const { variables, query } = JSON.parse(await text(request))
    const jobs = variables.inputs.map(({ jobId }: { jobId: string }) => jobId)
    const found = [
      { at: jobs.indexOf('odd'), place: '.assets[0].key' },
      { at: jobs.indexOf('odder'), place: '' },
    ].find(({ at }) => at >= 0)
    if (found !== undefined) {
      const message = `Variable "$inputs" got invalid value null at "inputs[${found.at}]${found.place}"; Expected another.`
      const errors = [{ message, extensions: { code: 'BAD_USER_INPUT' } }]
      return void response.writeHead(400).end(JSON.stringify({ errors }))
    }
    const answer = await fetch(`${target}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    response.writeHead(answer.status).end(await answer.text())
  })
  await new Promise<void>((resolve) => newer.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(newer.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      newer.closeAllConnections()
      await new Promise((resolve) => newer.close(resolve))
    },
  }
}

test('of a file of several batches, what was recorded before a refusal is counted', async () => {
  await using server = await startTestServer()
  const runs = Array.from({ length: 250 }, (_, at) =>
    run(`job-${at}`, at === 220 ? { idempotencyKey: 'k' } : {}),
  )
  await headwater(['record', '-'], { url: server.url, stdin: ndjson(run('first', { idempotencyKey: 'k' })) })
  // Without materializedAt they go in turn, so two batches are in.
  const { code, stderr } = await headwater(['record', '-'], { url: server.url, stdin: ndjson(...runs) })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /\nheadwater: the server refused line 221; 200 of 250 recordings are recorded: the same file again records only the rest\n$/,
  )
})

test('a server that is away for the moment is waited for, and an answer that is lost doubles nothing', async () => {
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, ['refuse', 'lose the answer', 'refuse'])
  const runs = Array.from({ length: 150 }, (_, at) =>
    run(`job-${at}`, { materializedAt: '2026-01-05T06:00:00Z' }),
  )
  const { code, stdout, stderr } = await headwater(['record', '-', '--json'], {
    url: proxy.url,
    stdin: ndjson(...runs),
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { recorded, duplicates, bad } = JSON.parse(stdout)
  expect({ sum: recorded + duplicates, bad }).toEqual({ sum: 150, bad: 0 })
  expect(proxy.requests).toBe(5)
  expect(await jobsOf(server)).toHaveLength(150)
})

test.each([
  [
    'there is no such file',
    /^headwater: cannot read .*nowhere\.json: there is no such file\n$/,
    'nowhere.json',
    undefined,
  ],
  ['it is a folder', /^headwater: cannot read .*: it is a folder\n$/, '', undefined],
  ['it is no JSON', /^headwater: .*runs\.json: not JSON: .*\n$/, 'runs.json', '{\n"jobId": }\n'],
  ['an array does not end', /^headwater: .*runs\.json: not JSON: .*\n$/, 'runs.json', '[{"jobId":"a"},\n'],
])('record says in one line what is wrong with a file: %s', async (_, message, name, content) => {
  await using folder = await createFolder()
  const file = await folder.put(content === undefined ? 'other' : name, content ?? '')
  const { code, stdout, stderr } = await headwater(['record', file.replace(/[^/\\]+$/, name)])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(message)
})

test('what is no Headwater is said to be none', async () => {
  await using server = await startTestServer()
  const { code, stderr } = await headwater(['record', '-'], {
    url: `${server.url}/elsewhere`,
    stdin: ndjson(run('a')),
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /elsewhere\/graphql answers HTTP 404, not as Headwater does: pass the URL of one with --url/,
  )
})
