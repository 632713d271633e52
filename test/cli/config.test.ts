import { expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'
import { createFolder, headwater, type RunOptions } from './run-headwater.js'

/** Applies a file, given as its text. */
async function apply(text: string | Buffer, args: readonly string[] = [], options: RunOptions = {}) {
  await using folder = await createFolder()
  const file = await folder.put('assets.yaml', text)
  const run = await headwater(['config', 'apply', file, ...args], options)
  return { ...run, stderr: run.stderr.replaceAll(file, 'assets.yaml') }
}

/** What is registered: the nodes with their assets, in order. */
function registeredIn({ database: { sql } }: TestServer): Promise<object[]> {
  return sql(`SELECT c.dag_id, c.dag_name, c.node_task_id, c.upstream_nodes,
      (SELECT json_agg(json_build_array(a.namespace, a.key, s.kind, e.is_primary, e.is_required, e.metadata) ORDER BY e.position)
       FROM expected_asset e JOIN asset a ON a.id = e.asset_id JOIN asset_state s ON s.asset_id = a.id
       WHERE e.node_config_id = c.id) AS assets
    FROM node_config c ORDER BY c.dag_id, c.node_task_id`)
}

const BOTH_FORMS = `
asset_config:
  ocr_extractor:
    - "ocr/text"
    - "ocr/bboxes"
  claims_extractor:
    upstream_nodes: [ocr_extractor]
    assets:
      - key: extract/claims
        kind: document
        kinds: [python, llm]
        is_primary: true
        description: What was claimed
        metadata: { team: claims, levels: [1, 2] }
      - key: extract/errors
        namespace: quality
        is_required: no
`

test('config apply registers both forms: keys alone, and assets of which more is said', async () => {
  await using server = await startTestServer()
  expect(await apply(BOTH_FORMS, [], { url: server.url })).toEqual({
    code: 0,
    stdout: 'applied 2 nodes, 4 assets\n',
    stderr: '',
  })
  const node = { dag_id: null, dag_name: null }
  expect(await registeredIn(server)).toEqual([
    {
      ...node,
      node_task_id: 'claims_extractor',
      upstream_nodes: ['ocr_extractor'],
      assets: [
        ['default', 'extract/claims', 'document', true, true, { team: 'claims', levels: [1, 2] }],
        ['quality', 'extract/errors', 'json', false, false, {}],
      ],
    },
    {
      ...node,
      node_task_id: 'ocr_extractor',
      upstream_nodes: null,
      assets: [
        ['default', 'ocr/text', 'text', true, true, {}],
        ['default', 'ocr/bboxes', 'bbox', false, true, {}],
      ],
    },
  ])
  const { asset } = await server.query<{ asset: object }, never>(
    '{ asset(key: "extract/claims") { kinds description } }',
  )
  expect(asset).toEqual({ kinds: ['python', 'llm'], description: 'What was claimed' })
})

test('config apply takes the mapping alone, from standard input, for one DAG run, in a namespace', async () => {
  await using server = await startTestServer()
  const args = ['--dag-id', 'run-1', '--dag-name', 'invoices', '--namespace', 'lab', '--json']
  const run = await headwater(['config', 'apply', '-', ...args], {
    url: server.url,
    stdin: 'keys: &keys [a/text, b]\nsame: *keys\n',
  })
  expect({ ...run, stdout: JSON.parse(run.stdout) }).toEqual({
    code: 0,
    stdout: { nodeCount: 2, assetCount: 2 },
    stderr: '',
  })
  const assets = [
    ['lab', 'a/text', 'text', true, true, {}],
    ['lab', 'b', 'json', false, true, {}],
  ]
  const node = { dag_id: 'run-1', dag_name: 'invoices', upstream_nodes: null, assets }
  expect(await registeredIn(server)).toEqual([
    { ...node, node_task_id: 'keys' },
    { ...node, node_task_id: 'same' },
  ])
})

test('config apply --dry-run asks no server', async () => {
  const nowhere = { url: 'http://127.0.0.1:1' }
  expect(await apply(BOTH_FORMS, ['--dry-run'], nowhere)).toEqual({
    code: 0,
    stdout: 'would apply 2 nodes, 4 assets\n',
    stderr: '',
  })
  expect((await apply('n: [a]', ['--dry-run'], nowhere)).stdout).toBe('would apply 1 node, 1 asset\n')
  const { stdout } = await apply('n: [a]', ['--dry-run', '--json', '--dag-id', 'd'], nowhere)
  expect(JSON.parse(stdout)).toEqual({
    dagId: 'd',
    nodes: [{ nodeTaskId: 'n', assets: [{ key: 'a', isPrimary: true, isRequired: true }] }],
  })
})

test('config apply names all that is wrong by line and column, and applies nothing', async () => {
  await using server = await startTestServer()
  const text = `asset_config:
  good: [a]
  ocr:
    - ocr/text
    - ocr/text
    - ""
    - 17
    - key: nested
  ocr: [again]
  extract:
    asets: []
    upstream_nodes: ocr
  locate:
    assets:
      - key: locate/a
        isPrimary: true
        is_required: maybe
        kinds: [x, 1]
        metadata: &m { a: *m }
      - kind: json
      - locate/b
      - key: "tab\\there"
        description: 5
        metadata: [1]
      - key:
      - { key: locate/a, metadata: { size: 9007199254740993 } }
  nothing:
  <<: *m
  "": [a]
  1: [a]
  lost: *nobody
other: 1
`
  const faults = `
assets.yaml:5:7: asset_config.ocr[1]: "ocr/text" again: it stands in line 4 already
assets.yaml:6:7: asset_config.ocr[2]: expected 1 to 2048 characters, got 0 characters
assets.yaml:7:7: asset_config.ocr[3]: expected a key (put it in quotes), got the number 17
assets.yaml:8:7: asset_config.ocr[4]: expected a key, got a mapping: assets of which more is said stand under "assets:"
assets.yaml:9:3: asset_config.ocr: "ocr" again: it stands in line 3 already
assets.yaml:10:3: asset_config.extract: expected the member "assets"
assets.yaml:11:5: asset_config.extract.asets: unknown member "asets" (did you mean "assets"?)
assets.yaml:12:21: asset_config.extract.upstream_nodes: expected a list of nodes, got "ocr"
assets.yaml:16:9: asset_config.locate.assets[0].isPrimary: unknown member "isPrimary" (did you mean "is_primary"?)
assets.yaml:17:22: asset_config.locate.assets[0].is_required: expected true or false, got "maybe"
assets.yaml:18:20: asset_config.locate.assets[0].kinds[1]: expected a name (put it in quotes), got the number 1
assets.yaml:19:22: asset_config.locate.assets[0].metadata: expected a mapping that can be written without aliases, got a mapping
assets.yaml:20:9: asset_config.locate.assets[1]: expected the member "key"
assets.yaml:21:9: asset_config.locate.assets[2]: expected a mapping with "key", got "locate/b"
assets.yaml:22:14: asset_config.locate.assets[3].key: expected no control characters, got U+0009 at index 3
assets.yaml:23:22: asset_config.locate.assets[3].description: expected a text (put it in quotes), got the number 5
assets.yaml:24:19: asset_config.locate.assets[3].metadata: expected a mapping, got a list
assets.yaml:25:9: asset_config.locate.assets[4].key: expected a key, got nothing
assets.yaml:26:16: asset_config.locate.assets[5].key: "locate/a" again: it stands in line 15 already
assets.yaml:26:36: asset_config.locate.assets[5].metadata: expected integers within ±(2^53 - 1); send larger ones as strings, got the integer 9007199254740992
assets.yaml:27:3: asset_config.nothing: expected a list of keys, or a mapping with "assets", got nothing
assets.yaml:28:3: asset_config.<<: expected no merge key: write the members out
assets.yaml:29:3: asset_config.: expected 1 to 512 characters, got 0 characters
assets.yaml:30:3: asset_config: expected a name (put it in quotes), got the number 1
assets.yaml:31:9: asset_config.lost: expected a list of keys, or a mapping with "assets", got an alias of nothing, *nobody
assets.yaml:32:1: other: expected nothing beside asset_config, got "other"
`.trimStart()
  const count = faults.trimEnd().split('\n').length
  expect(await apply(text, [], { url: server.url })).toEqual({
    code: 1,
    stdout: '',
    stderr: `${faults}headwater: nothing was applied: ${count} faults in assets.yaml\n`,
  })
  const { stdout } = await apply(text, ['--json'], { url: server.url })
  const report = JSON.parse(stdout)
  expect(report.faults).toHaveLength(count)
  expect(report.faults[0]).toEqual({
    line: 5,
    column: 7,
    path: 'asset_config.ocr[1]',
    message: '"ocr/text" again: it stands in line 4 already',
  })
  expect(await registeredIn(server)).toEqual([])
})

const NO_CONFIG: [what: string, text: string | Buffer, message: string][] = [
  ['an empty file', '', '1:1: expected a mapping of nodes to the assets that they make, got nothing'],
  ['a list', '- a\n', '1:1: expected a mapping of nodes to the assets that they make, got a list'],
  ['no nodes', 'asset_config: {}', '1:15: asset_config: expected at least one node, got none'],
  [
    'a misspelt asset_config',
    'asset_confg:\n  a: [b]\n',
    '1:1: asset_confg: unknown member "asset_confg" (did you mean "asset_config"?)',
  ],
  ['two documents', 'a: [b]\n---\nb: [c]\n', '2:1: expected one document, got more'],
  [
    'no YAML',
    'a: [1, 2\nb: c\n',
    '2:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; it begins in line 1, column 4\n',
  ],
  [
    'a list that is never closed, before much else',
    `a: [b]\nb: [\n${'  c,\n'.repeat(20)}`,
    '23:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; it begins in line 2, column 4\n',
  ],
  [
    'a mapping that is never closed, with a list in it',
    'a: {assets: [{key: b}]\n',
    '2:1: not YAML: Flow map in block collection must be sufficiently indented and end with a }; it begins in line 1, column 4\n',
  ],
  ['an unknown tag', 'a: [b]\nc: [!foo d]\n', '2:5: not read here: Unresolved tag: !foo\n'],
  [
    'a tag of which JSON has nothing',
    'a:\n  assets:\n    - key: b\n      metadata: {c: !!set {d}}\n',
    '4:21: not read here: Unresolved tag: tag:yaml.org,2002:set\n',
  ],
  ['an unknown directive', '%FOO bar\n---\na: [b]\n', '1:1: not read here: Unknown directive %FOO\n'],
  [
    'a mapping as a name in metadata',
    'a:\n  assets:\n    - key: b\n      metadata:\n        c: 1\n        ? {d: e}\n        : 2\n',
    '6:11: a.assets[0].metadata: expected a name, got a mapping\n',
  ],
  [
    'a list as a name in metadata, by an alias',
    'a: &l [b]\nc:\n  assets:\n    - key: b\n      metadata: {d: {*l : 2}}\n',
    '5:22: c.assets[0].metadata.d: expected a name, got a list\n',
  ],
  [
    'an infinite number in metadata',
    'a:\n  assets:\n    - key: b\n      metadata: {c: [1, -.inf]}\n',
    '4:25: a.assets[0].metadata.c[1]: expected a number that JSON has, got -.inf\n',
  ],
  [
    'what is no number in metadata',
    'a:\n  assets:\n    - key: b\n      metadata: {c: .nan}\n',
    '4:21: a.assets[0].metadata.c: expected a number that JSON has, got .nan\n',
  ],
  [
    'more levels than the parser can go',
    `a: ${'['.repeat(3_000)}${']'.repeat(3_000)}`,
    'expected fewer levels',
  ],
  [
    'more assets than the server takes, by aliases',
    `a: &a [${Array.from({ length: 101 }, (_, at) => `k${at}`)}]\n${Array.from({ length: 100 }, (_, at) => `n${at}: *a\n`).join('')}`,
    'expected at most 10000 assets in a file',
  ],
]

test.each(NO_CONFIG)('config apply says where it is wrong in %s', async (_, text, message) => {
  const { code, stdout, stderr } = await apply(text, ['--dry-run'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toMatch(
    /^assets\.yaml:\d+:\d+: .*\nheadwater: nothing was applied: 1 fault in assets\.yaml\n$/,
  )
})

test('config apply says in one line what it cannot read', async () => {
  expect(await apply(Buffer.from([0xff, 0xfe, 0x00]))).toMatchObject({
    code: 1,
    stderr: 'headwater: assets.yaml: not UTF-8\n',
  })
  expect(await headwater(['config', 'apply', '/nowhere.yaml'])).toMatchObject({
    code: 1,
    stderr: 'headwater: cannot read /nowhere.yaml: there is no such file\n',
  })
})

test('config apply finds in the file what only the server refuses', async () => {
  await using server = await startTestServer()
  const wide = Array.from({ length: 1_001 }, (_, at) => `k${at}`)
  const text = `fine: [a]\nwide:\n  assets: []\n  upstream_nodes:\n    [${wide}]\n`
  expect(await apply(text, [], { url: server.url })).toEqual({
    code: 1,
    stdout: '',
    stderr: `assets.yaml:5:5: nodes[1].upstreamNodes: expected 0 to 1000 items, got 1001 items
headwater: nothing was applied: 1 fault in assets.yaml
`,
  })
  expect(await registeredIn(server)).toEqual([])
})

test('what is applied replaces the nodes of the file and leaves the others', async () => {
  await using server = await startTestServer()
  await apply('a: [one, two]\nb: [three]\n', [], { url: server.url })
  await apply('a: [four]\n', [], { url: server.url })
  const registered = await registeredIn(server)
  const keys = registered.map((node) => (node as { assets: [string, string][] }).assets.map(([, key]) => key))
  expect(keys).toEqual([['four'], ['three']])
})
