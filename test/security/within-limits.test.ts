import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { getIntrospectionQuery, parse, print, separateOperations } from 'graphql'
import { startTestServer, type TestServer } from '../harness/server.js'

const ROOT = join(import.meta.dirname, '../..')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** As much as each may ask for. */
const LARGEST = { limit: 10_000, first: 1_000, depth: 10_000 }

/** All operations of a folder's documents, by name, each with the fragments that it uses. */
async function operationsOf(folder: string): Promise<[name: string, text: string][]> {
  const files = (await readdir(join(ROOT, folder))).filter((name) => name.endsWith('.graphql'))
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, folder, name), 'utf8')))
  return Object.entries(separateOperations(parse(texts.join('\n')))).map(([name, one]) => [name, print(one)])
}

/** Documents in the source of the Python client, which are texts between triple quotes. */
async function pythonOperations(): Promise<[name: string, text: string][]> {
  const source = await readFile(join(ROOT, 'clients/python/headwater/_documents.py'), 'utf8')
  const texts = [...source.matchAll(/"""(\s*(?:query|mutation|fragment)\b[^]*?)"""/g)].map(([, text]) => text)
  return Object.entries(separateOperations(parse(texts.join('\n')))).map(([name, one]) => [name, print(one)])
}

/** Limits are looked at before variables: those that are missing are what is wrong, if anything. */
async function expectWithinLimits(operations: readonly [name: string, text: string][]): Promise<void> {
  expect(operations.length).toBeGreaterThan(0)
  for (const [name, text] of operations) {
    const { errors } = await server.ask(text, LARGEST)
    const refused = errors.filter(
      ({ message, extensions }) => extensions.code === 'QUERY_TOO_COMPLEX' || /HEADWATER_/.test(message),
    )
    expect([name, refused]).toEqual([name, []])
  }
}

test.each(['schema/operations', 'explorer/src/api/operations'])(
  'what is asked by the documents in %s keeps to the limits, asking for as much as it may',
  async (folder) => expectWithinLimits(await operationsOf(folder)),
)

test('what the Python client asks keeps to the limits', async () => {
  await expectWithinLimits(await pythonOperations())
})

test('the introspection of GraphiQL and of other tools keeps to the limits', async () => {
  const all = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }
  for (const text of [getIntrospectionQuery(), getIntrospectionQuery(all)])
    expect((await server.ask(text)).errors).toEqual([])
})
