import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'

const ROOT = dirname(dirname(import.meta.dirname))

let readme: string

beforeAll(async () => {
  readme = await readFile(join(ROOT, 'README.md'), 'utf8')
})

/** The contents of the blocks of code in one language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  )
}

test('the examples, asked one after the other, are answered as the README says', async () => {
  await using server = await startTestServer()
  const questions = blocks('graphql')
  expect(questions.length).toBeGreaterThan(0)
  const answers: unknown[] = []
  for (const question of questions) answers.push({ data: (await server.ask(question)).data })
  expect(answers).toEqual(blocks('json').map((answer) => JSON.parse(answer)))
})

test('the table of settings has every setting, and no other', async () => {
  const source = await readFile(join(ROOT, 'src/server/config.ts'), 'utf8')
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name)
  expect(settings).toContain('PORT')
  const listed = [...readme.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(listed).toEqual(settings)
})

test('what it links to in this project is there', async () => {
  const links = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path = '']) => path)
  expect(links).toContain('docs/concepts.md')
  await Promise.all(links.map((path) => readFile(join(ROOT, path))))
})
