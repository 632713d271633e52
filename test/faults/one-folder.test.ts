import { expect, test } from '@jest/globals'
import { createFolder, headwater } from '../cli/run-headwater.js'
import { startServerProcess } from '../harness/server-process.js'

test('two servers on one embedded data folder: the second refuses, and the first goes on', async () => {
  await using folder = await createFolder()
  await using first = await startServerProcess({ variables: { HEADWATER_DATA_DIR: folder.path } })
  const second = await headwater(['serve', '--port', '0', '--data-dir', folder.path], {
    variables: { HEADWATER_LOG_LEVEL: 'silent' },
  })
  expect(second.code).toBe(1)
  expect(second.stdout).toBe('')
  expect(second.stderr).toContain(
    `data folder ${folder.path} is in use by another Headwater (pid ${first.pid}): ` +
      'stop it, or set HEADWATER_DATA_DIR to another folder',
  )
  const response = await fetch(`${first.url}/readyz`)
  expect([response.status, await response.text()]).toEqual([200, 'ok'])
}, 200_000)
