import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { assetVersion } from '../../src/cli/demo/asset-version.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { headwater } from './run-headwater.js'

interface Recorded {
  materializations: {
    totalCount: number
    nodes: {
      asset: { key: string }
      version: string
      dagId: string
      partitionKey: string
      inputs: { resolution: string }[]
    }[]
  }
}

const RECORDED = `{ materializations(first: 1000) { totalCount nodes {
  asset { key } version dagId partitionKey inputs { resolution } } } }`

async function recorded(server: TestServer) {
  const { materializations } = await server.query<Recorded, never>(RECORDED)
  return materializations
}

test('the demo records a pipeline of at least 200 materializations, once, and prints three queries with their answers', async () => {
  await using server = await startTestServer()
  const first = await headwater(['demo', '--url', server.url])
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' })

  const { totalCount, nodes } = await recorded(server)
  expect(totalCount).toBeGreaterThanOrEqual(200)
  expect(first.stdout).toMatch(
    new RegExp(`^recorded ${totalCount} materializations of 11 assets, already there 0\n`),
  )
  const keys = [...new Set(nodes.map(({ asset }) => asset.key))].sort()
  expect(keys).toEqual([
    'classify/alternatives',
    'classify/confidence_scores',
    'classify/document_type',
    'extract/claims',
    'extract/headers',
    'extract/service_lines',
    'extract/validation_errors',
    'ocr/bboxes',
    'ocr/confidence',
    'ocr/text',
    'raw/documents',
  ])
  const countOf = (key: string) => nodes.filter(({ asset }) => asset.key === key).length
  for (const optional of keys.filter((key) => /confidence|alternatives|errors/.test(key))) {
    expect(countOf(optional)).toBeLessThan(countOf('ocr/text'))
  }
  expect(new Set(nodes.map(({ dagId }) => dagId)).size).toBe(6)
  expect(new Set(nodes.map(({ partitionKey }) => partitionKey)).size).toBe(30)
  expect(nodes.every(({ version }) => /^v:sha256:[0-9a-f]{64}$/.test(version))).toBe(true)
  const resolutions = nodes.flatMap(({ inputs }) => inputs.map(({ resolution }) => resolution))
  expect(new Set(resolutions)).toEqual(new Set(['REPORTED']))

  const second = await headwater(['demo', '--url', server.url])
  expect(second.stdout).toMatch(
    new RegExp(`^recorded 0 materializations of 11 assets, already there ${totalCount}\n`),
  )
  expect((await recorded(server)).totalCount).toBe(totalCount)

  const questions = first.stdout.split(/^(?=\d\. )/m).slice(1)
  expect(questions).toHaveLength(3)
  for (const question of questions) {
    const [, query = '', answer = ''] =
      /\n\n( {3}query .+?\n {3}\})\n\n( {3}\{.+\n {3}\})\n/s.exec(question) ?? []
    const { data, errors } = await server.ask(query)
    expect(errors).toEqual([])
    expect(JSON.parse(answer)).toEqual(data)
  }
  // The re-run: its text is newer, and only what was made from the first one did not add up.
  const [, , rerun = ''] = questions
  expect(rerun.match(/"dagId": "claims-2026-01-06[^"]*"/g)).toEqual([
    '"dagId": "claims-2026-01-06-rerun"',
    '"dagId": "claims-2026-01-06"',
  ])
  expect(rerun.match(/extract\/validation_errors/g)).toHaveLength(1)
})

test('a version is the SHA-256 of payload, code, prompt and the sorted versions of what it was made from', () => {
  const parts = { payload: Buffer.from('payload'), codeVersion: 'git:1', upstreamVersions: ['v:b', 'v:a'] }
  const hash = (text: string) => `v:sha256:${createHash('sha256').update(text).digest('hex')}`
  expect(assetVersion(parts)).toBe(hash('payloadgit:1v:a|v:b'))
  expect(assetVersion({ ...parts, promptVersion: 'prompt' })).toBe(hash('payloadgit:1promptv:a|v:b'))
  expect(assetVersion({ ...parts, upstreamVersions: [] })).toBe(hash('payloadgit:1'))
})
