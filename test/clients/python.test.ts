import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { DAGAssetMapper } from '../../clients/typescript/src/index.js'
import { findPython, PYTHON_CANDIDATES, PYTHON_CLIENT, run } from '../harness/python.js'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE } from '../harness/webhook-receiver.js'

const ROOT = join(import.meta.dirname, '../..')

const python = await findPython()

// Where there is no Python there is nothing to test with; CI insists on it.
const withPython = python === undefined && process.env['CI'] === undefined ? describe.skip : describe

withPython('the Python client (Python 3.9 or newer; skipped without)', () => {
  let command: string
  beforeAll(() => {
    if (python === undefined)
      throw new Error(`expected Python 3.9 or newer as ${PYTHON_CANDIDATES.join(' or ')}, found none`)
    command = python
  })

  test('passes its own tests against a server', async () => {
    // Its tests of webhooks receive on this machine.
    await using server = await startTestServer({ variables: RECEIVED_HERE })
    const { code, output } = await run(
      command,
      [
        '-W',
        'error::ResourceWarning',
        '-m',
        'unittest',
        'discover',
        '--start-directory',
        'tests',
        '--top-level-directory',
        '.',
      ],
      // What the tests write must not stay in the tree, nor what their environment says change them.
      { HEADWATER_URL: server.url, HEADWATER_TOKEN: '', PYTHONDONTWRITEBYTECODE: '1' },
    )
    if (code !== 0) throw new Error(`python -m unittest ended with ${code}:\n${output}`)
    const [, count = '0'] = /^Ran (\d+) tests? in /m.exec(output) ?? []
    expect(Number(count)).toBeGreaterThan(100)
  }, 300_000)

  test('has one version, that of its package', async () => {
    const { output } = await run(command, ['-c', 'import headwater; print(headwater.__version__)'])
    const project = await readFile(join(PYTHON_CLIENT, 'pyproject.toml'), 'utf8')
    expect(project).toContain(`\nversion = "${output.trim()}"\n`)
  })

  test('finds the specs that the TypeScript client finds', async () => {
    const nodes = [
      'ocr',
      'ocr_extractor',
      'OCR-2',
      'a.extract',
      'doc_classifier',
      'locate',
      'mediocre',
      'own',
      'x',
    ]
    const assetConfig = {
      own: ['own/text', 'own/table'],
      x: {
        upstream_nodes: ['own'],
        assets: [
          { key: 'x/bbox' },
          { key: 'x', is_primary: true, is_required: false, kinds: ['sql'], metadata: { unit: 'mm' } },
          { key: 'y', namespace: 'far', kind: 'table', description: 'Y' },
        ],
      },
    }
    const program = `
import json, sys
from headwater import DAGAssetMapper
config, nodes = json.load(sys.stdin)
for namespace in (None, "mine"):
    mapper = DAGAssetMapper(asset_config=config, namespace=namespace)
    for node in nodes:
        specs = mapper.node_to_asset_specs("dag", node)
        print(json.dumps([{**each.to_dict(), "namespace": each.namespace} for each in specs]))`
    const { output } = await run(command, ['-c', program], {}, JSON.stringify([assetConfig, nodes]))
    const found = [undefined, 'mine'].flatMap((namespace) => {
      const mapper = new DAGAssetMapper({ assetConfig, ...(namespace === undefined ? {} : { namespace }) })
      return nodes.map((node) =>
        mapper.nodeToAssetSpecs('dag', node).map(({ isPrimary, isRequired, ...spec }) => ({
          description: null,
          kinds: [],
          namespace: null,
          ...spec,
          is_primary: isPrimary,
          is_required: isRequired,
        })),
      )
    })
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(found)
  })

  test('needs nothing but the standard library', async () => {
    // -I and -S leave out everything that is installed beside it.
    const { code, output } = await run(command, [
      '-I',
      '-S',
      '-c',
      `import sys; sys.path.insert(0, ${JSON.stringify(PYTHON_CLIENT)}); import headwater`,
    ])
    expect({ code, output }).toEqual({ code: 0, output: '' })
  })
})

test('the test vectors of versions are those that sha256sum gives', async () => {
  const { code, output } = await run(join(ROOT, 'test/vectors/make-asset-versions.sh'), [])
  expect(code).toBe(0)
  expect(output).toBe(await readFile(join(ROOT, 'test/vectors/asset-versions.json'), 'utf8'))
})
