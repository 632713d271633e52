#!/usr/bin/env node
// Writes the generated files that are committed: schema/schema.graphql, printed from the resolvers, and what codegen.yml
// makes of it and schema/operations/. With --check, writes nothing and fails where one of them is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate, loadCodegenConfig } from '@graphql-codegen/cli'
import { build } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isCheck = process.argv.includes('--check')
const stale = []

function put(path, content) {
  let before = null
  try {
    before = readFileSync(join(root, path), 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  if (before === content) return
  if (isCheck) stale.push(path)
  else writeFileSync(join(root, path), content)
}

build({ mayFail: true })
const { printedSchema } = await import('../dist/src/server/schema.js')
put('schema/schema.graphql', await printedSchema())

const { config } = await loadCodegenConfig({ configFilePath: join(root, 'codegen.yml') })
for (const { filename, content } of await generate({ ...config, cwd: root, silent: true }, false))
  put(filename, content)

build()

if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(', ')}; run \`npm run generate\` and commit what it writes\n`)
  process.exit(1)
}
