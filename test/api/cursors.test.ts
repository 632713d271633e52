import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await record(server, {
    assets: [
      { key: 'b' },
      { key: 'a', upstream: [{ key: 'b' }] },
      { key: 'c', upstream: [{ key: 'a' }, { key: 'b' }] },
    ],
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const PATHS = 'from: { key: "b" }, to: { key: "c" }'
const LINEAGE = 'root: { key: "a" }, direction: UPSTREAM'

interface Cursors {
  assets: { pageInfo: { endCursor: string } }
  materializations: { pageInfo: { endCursor: string } }
  asset: {
    upstream: { pageInfo: { endCursor: string } }
    materializations: { pageInfo: { endCursor: string } }
  }
  used: { latestMaterialization: { consumers: { pageInfo: { endCursor: string } } } }
  lineage: { completeness: { nextCursor: string } }
  lineagePaths: { completeness: { nextCursor: string } }
}

/** A cursor of each list that has any. */
async function cursors(): Promise<Record<string, string>> {
  const page = 'pageInfo { endCursor }'
  const { assets, materializations, asset, used, lineage, lineagePaths } = await server.query<Cursors, never>(
    `{ assets { ${page} } materializations { ${page} }
      asset(key: "a") { upstream { ${page} } materializations { ${page} } }
      used: asset(key: "b") { latestMaterialization { consumers { ${page} } } }
      lineage(${LINEAGE}, limit: 1) { completeness { nextCursor } }
      lineagePaths(${PATHS}, limit: 1) { completeness { nextCursor } } }`,
  )
  return {
    assets: assets.pageInfo.endCursor,
    materializations: materializations.pageInfo.endCursor,
    upstream: asset.upstream.pageInfo.endCursor,
    history: asset.materializations.pageInfo.endCursor,
    consumers: used.latestMaterialization.consumers.pageInfo.endCursor,
    lineage: lineage.completeness.nextCursor,
    lineagePaths: lineagePaths.completeness.nextCursor,
  }
}

/** A list that takes a cursor, and the lists that differ from it in what decides what they hold. */
const LISTS: [list: string, ask: (after: string) => string, ...others: ((after: string) => string)[]][] = [
  [
    'assets',
    (after) => `{ assets(${after}) { nodes { id } } }`,
    (after) => `{ assets(filter: { kinds: ["json"] }, ${after}) { nodes { id } } }`,
  ],
  [
    'materializations',
    (after) => `{ materializations(${after}) { nodes { id } } }`,
    (after) => `{ materializations(filter: { jobId: "job" }, ${after}) { nodes { id } } }`,
  ],
  [
    'upstream',
    (after) => `{ asset(key: "a") { upstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "a") { downstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "b") { upstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "a") { upstream(scope: CURRENT, ${after}) { nodes { id } } } }`,
  ],
  [
    'history',
    (after) => `{ asset(key: "a") { materializations(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "b") { materializations(${after}) { nodes { id } } } }`,
    (after) =>
      `{ asset(key: "a") { materializations(filter: { version: "v" }, ${after}) { nodes { id } } } }`,
  ],
  [
    'consumers',
    (after) => `{ asset(key: "b") { latestMaterialization { consumers(${after}) { nodes { id } } } } }`,
    (after) => `{ asset(key: "a") { latestMaterialization { consumers(${after}) { nodes { id } } } } }`,
  ],
  [
    'lineage',
    (after) => `{ lineage(${LINEAGE}, ${after}) { watermark } }`,
    (after) => `{ lineage(root: { key: "b" }, direction: UPSTREAM, ${after}) { watermark } }`,
    (after) => `{ lineage(root: { key: "a" }, direction: BOTH, ${after}) { watermark } }`,
    (after) => `{ lineage(${LINEAGE}, scope: CURRENT, ${after}) { watermark } }`,
    (after) => `{ lineage(${LINEAGE}, depth: 3, ${after}) { watermark } }`,
  ],
  [
    'lineagePaths',
    (after) => `{ lineagePaths(${PATHS}, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(from: { key: "c" }, to: { key: "b" }, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, scope: CURRENT, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, maxLength: 3, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, asOf: "2026-01-01T00:00:00Z", ${after}) { watermark } }`,
  ],
]

describe.each(LISTS)('a cursor of %s', (list, ask, ...others) => {
  const withCursor = (query: (after: string) => string, cursor: string) =>
    server.ask(
      query(
        `first: 1, after: ${JSON.stringify(cursor)}`.replace(
          /^first: 1, /,
          list.startsWith('lineage') ? '' : '$&',
        ),
      ),
    )

  test('continues that list, and no other', async () => {
    const all = await cursors()
    const foreign = Object.keys(all).filter((name) => name !== list)
    expect((await withCursor(ask, all[list] ?? '')).errors).toEqual([])
    const refused = [
      ...others.map((other) => withCursor(other, all[list] ?? '')),
      ...foreign.map((name) => withCursor(ask, all[name] ?? '')),
    ]
    for (const { errors } of await Promise.all(refused)) {
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }])
      expect(errors[0]?.message).toMatch(
        /^after: expected a cursor (of this query, with|that this query answered)/,
      )
    }
  })

  test('that was tampered with is refused', async () => {
    const [tag, position] = JSON.parse(
      Buffer.from((await cursors())[list] ?? '', 'base64url').toString('utf8'),
    ) as [string, Record<string, unknown>]
    const forged = [
      ...Object.keys(position).map((name) => ({ ...position, [name]: 'a\0' })),
      ...Object.keys(position).map((name) => ({ ...position, [name]: null })),
      // PostgreSQL knows no year 0, and no recording is older than 1970.
      ...('materializedAt' in position ? [{ ...position, materializedAt: '0000-01-01T00:00:00Z' }] : []),
      null,
      [],
    ]
    for (const one of forged) {
      const cursor = Buffer.from(JSON.stringify([tag, one])).toString('base64url')
      const { errors } = await withCursor(ask, cursor)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }])
    }
  })
})
