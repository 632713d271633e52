import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

const PRINT_DOCUMENTS = `import json, headwater._documents as documents
print(json.dumps([text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")]))`

/** The documents of the Python client, as it puts them together. */
async function pythonOperations(): Promise<[name: string, text: string][]> {
  const { stdout } = await promisify(execFile)('python3', ['-c', PRINT_DOCUMENTS], {
    cwd: join(ROOT, 'clients/python'),
  })
  const texts = JSON.parse(stdout) as string[]
  return texts.map((text) => [text.slice(0, text.indexOf('(')), text])
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
