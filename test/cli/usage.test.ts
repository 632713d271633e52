import { expect, test } from '@jest/globals'
import { headwater } from './run-headwater.js'

const COMMANDS = [
  'serve',
  'demo',
  'record',
  'walk',
  'path',
  'select',
  'export',
  'config',
  'config apply',
  'import',
  'import marie',
  'migrate',
  'rebuild',
  'webhook',
  'webhook update',
]

test.each(COMMANDS)(
  '%s --help says on standard output what it does, how it ends, and gives examples',
  async (command) => {
    const { code, stdout, stderr } = await headwater([...command.split(' '), '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: headwater ${command} `))
    expect(stdout).toMatch(/\nExit code: 0 /)
    expect(stdout).toMatch(new RegExp(`\nExamples:\n  headwater ${command}`))
    // Commander breaks its own lines at 80.
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  },
)

test('--help lists the commands, --version is the version', async () => {
  const help = await headwater(['--help'])
  expect(help.code).toBe(0)
  const topmost = COMMANDS.filter((command) => !command.includes(' '))
  for (const command of topmost) expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  expect(await headwater(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
  })
})

test.each([
  [[], /^Usage: headwater/],
  [['nothing-like-it'], /^error: unknown command 'nothing-like-it'\nSee headwater --help\n$/],
  [['walk'], /^error: missing required argument 'key'\nSee headwater walk --help\n$/],
  [['walk', 'a', 'b'], /^error: too many arguments/],
  [['walk', 'a', '--sideways'], /^error: unknown option '--sideways'/],
  [['walk', 'a', '--depth', '-1'], /'-1' is invalid\. Expected a whole number from 0 to 2147483647\./],
  [['walk', 'a', '--limit', '10001'], /Expected a whole number from 1 to 10000\./],
  [['select'], /^error: missing required argument 'selection'\nSee headwater select --help\n$/],
  [['select', 'a', '--scope', 'some'], /Allowed choices are all, current\./],
  [['walk', 'a', '--scope', 'some'], /Allowed choices are all, current\./],
  [['walk', 'a', '--after', 'x'], /^error: --after needs --json/],
  [['walk', 'a', '--url', 'nowhere'], /Expected a URL/],
  [['walk', 'a', '--url', 'ftp://nowhere'], /Expected http or https/],
  [['walk', 'a', '--url', 'http://me:secret@nowhere'], /without a user and a password/],
  [['path', 'a'], /^error: missing required argument 'to'\nSee headwater path --help\n$/],
  [['path', 'a', 'b', '--limit', '1001'], /Expected a whole number from 1 to 1000\./],
  [['export'], /^error: missing required argument 'key'\nSee headwater export --help\n$/],
  [['export', 'a', '--format', 'xml'], /Allowed choices are ndjson, csv, dot, mermaid, openlineage\./],
  [['record'], /^error: missing required argument 'file'/],
  [['config'], /^Usage: headwater config/],
  [['config', 'apply'], /^error: missing required argument 'file'\nSee headwater config apply --help\n$/],
  [
    ['import', 'marie'],
    /^error: required option '--from <url>' not specified\nSee headwater import marie --help\n$/,
  ],
  [['import', 'marie', '--from', 'x', '--page-size', '0'], /Expected a whole number from 1 to 10000\./],
  [['import', 'marie', '--from', 'x', '--namespace', ''], /namespace: expected 1 to \d+ characters/],
] as const)('wrong usage %j ends with 2 and says on standard error what is wrong', async (args, message) => {
  const { code, stdout, stderr } = await headwater(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

test.each([
  ['demo'],
  ['record', '-'],
  ['walk', 'ocr/text'],
  ['path', 'a', 'b'],
  ['export', 'ocr/text'],
  ['config', 'apply', '-'],
])('%s says in one line that no server answers', async (...args) => {
  const { code, stderr } = await headwater(args, {
    url: 'http://127.0.0.1:1',
    stdin: args[0] === 'config' ? 'node: [made]' : '{"jobId":"job","assets":[{"key":"made"}]}',
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^headwater: no Headwater answers at http:\/\/127\.0\.0\.1:1\/graphql \(.+\): start one with `headwater serve`, or pass --url.*\n$/,
  )
})
