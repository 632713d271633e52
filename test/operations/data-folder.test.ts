import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFolder, type Folder, headwater } from '../cli/run-headwater.js'

let folder: Folder
beforeAll(async () => {
  folder = await createFolder()
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

test.each([
  [['prune', '--older-than', '90d', '--yes']],
  [['rebuild', '--check']],
  [['backup', 'lineage.backup']],
  [['token', 'list']],
  [['token', 'revoke', '3f9a0c11d2e4']],
])('%j makes no database where there is none', async (args) => {
  for (const dataDir of [folder.path, `${folder.path}/mistyped`]) {
    const run = await headwater(args, { variables: { HEADWATER_DATA_DIR: dataDir, DATABASE_URL: '' } })
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: `headwater: data folder ${dataDir} holds no database: correct HEADWATER_DATA_DIR, or set DATABASE_URL; \`headwater serve\` makes a new one\n`,
    })
  }
  expect(await readdir(folder.path)).toEqual([])
})
