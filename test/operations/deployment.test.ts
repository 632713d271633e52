import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from '@jest/globals'
import { readConfig } from '../../src/server/config.js'
import { createFolder, PROGRAM } from '../cli/run-headwater.js'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Where what npm installs is, in a folder that it installs to. */
const INSTALLED = '/opt/headwater/node_modules/headwater/'

let packed: string[]
let unit: string
let image: string
beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT })
  const [tarball] = JSON.parse(stdout) as { files: { path: string }[] }[]
  packed = tarball?.files.map(({ path }) => path) ?? []
  unit = await readFile(join(ROOT, 'deploy/headwater.service'), 'utf8')
  image = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
}, 60_000)

/** The values of a setting of the unit, in order. */
const settings = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
/** What follows an instruction of the Dockerfile, in order. */
const instructions = (name: string) =>
  [...image.replaceAll('\\\n', ' ').matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest)
const variablesOf = (text: string) => Object.fromEntries(text.split(' ').map((one) => one.split('=')))

test('both start the program that the package holds, with settings that the server knows', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const program = INSTALLED + manifest.bin.headwater
  expect(packed).toContain(manifest.bin.headwater)
  expect(settings('ExecStart')).toEqual([`/usr/bin/node ${program} serve`])
  expect(instructions('ENTRYPOINT').map((text) => JSON.parse(text))).toEqual([['node', program]])
  expect(instructions('CMD').at(-1)).toBe('["serve"]')

  const ofUnit = variablesOf(settings('Environment').join(' '))
  expect(readConfig(ofUnit).dataDir).toBe(`/var/lib/${settings('StateDirectory')[0]}`)
  const ofImage = variablesOf(instructions('ENV').join(' '))
  const { dataDir, host, port } = readConfig(ofImage)
  expect([dataDir, host, String(port)]).toEqual([
    instructions('VOLUME')[0],
    '0.0.0.0',
    instructions('EXPOSE')[0],
  ])
  expect(packed).toContain('deploy/headwater.service')
})

test('neither runs as root; a stop has the time that a server takes to stop', () => {
  expect(settings('User')).toEqual(['headwater'])
  expect(instructions('USER')).toEqual(['node'])
  // The last stage is the one that runs.
  expect(image.lastIndexOf('\nUSER ')).toBeGreaterThan(image.lastIndexOf('\nFROM '))
  expect(Number(settings('TimeoutStopSec')[0]) * 1_000).toBeGreaterThan(
    readConfig({}).drainTimeoutMs + 10_000,
  )
  expect(settings('KillMode')).toEqual(['mixed'])
})

test('what the image is built from is there, and not left out', async () => {
  const ignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const copied = instructions('COPY')
    .filter((text) => !text.startsWith('--from'))
    .flatMap((text) => text.split(' ').slice(0, -1))
  expect(copied).toEqual(['package.json', 'package-lock.json', '.'])
  for (const path of copied) expect(existsSync(join(ROOT, path))).toBe(true)
  // What is built and packed there needs all of these.
  for (const path of [
    'src',
    'resolvers',
    'prisma',
    'schema',
    'explorer',
    'clients',
    'scripts',
    'deploy',
    'LICENSE',
  ]) {
    expect(ignored).not.toContain(path)
    expect(existsSync(join(ROOT, path))).toBe(true)
  }
  const [major] = /\d+/.exec(image.match(/^FROM node:(\d+)/m)?.[1] ?? '') ?? []
  expect(Number(major)).toBeGreaterThanOrEqual(20)
})

test('the health check asks what the server answers', async () => {
  const [, script] = /HEALTHCHECK .*CMD (\[.*\])/.exec(image) ?? []
  const [program, ...args] = JSON.parse(script ?? '[]') as string[]
  expect(program).toBe('node')
  const { createServer } = await import('node:http')
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.statusCode = asked.length === 1 ? 200 : 503
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const check = () => run(process.execPath, args, { env: { ...process.env, PORT: port } })
  await check()
  await expect(check()).rejects.toMatchObject({ code: 1 })
  expect(asked).toEqual(['/readyz', '/readyz'])
  await new Promise((resolve) => server.close(resolve))
})

/** It says so of what it does not know, and of programs that are not there. */
test('systemd has nothing to say against the unit', async () => {
  await using folder = await createFolder()
  const verify = async (text: string) => {
    const path = await folder.put('headwater.service', text)
    return run('systemd-analyze', ['verify', path]).then(
      ({ stderr }) => stderr,
      ({ stderr, code }: { stderr: string; code: string }) => (code === 'ENOENT' ? null : stderr),
    )
  }
  const here = unit
    .replace('/usr/bin/node ', `${process.execPath} `)
    .replace(`${INSTALLED}dist/src/cli/main.js`, PROGRAM)
  expect(here).not.toBe(unit)
  const said = await verify(here)
  // Where there is no systemd nobody can say.
  if (said === null) return
  expect(said).toBe('')
  expect(await verify(here.replace('ProtectSystem=strict', 'ProtectSystems=strict'))).toMatch(
    /ProtectSystems/,
  )
})
