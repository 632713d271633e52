import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findPython, PYTHON_CLIENT } from '../harness/python.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { freePort } from '../harness/server-process.js'
import { RECEIVED_HERE, startReceiver } from '../harness/webhook-receiver.js'
import { check, createWebhook } from '../harness/webhooks.js'

const ROOT = join(import.meta.dirname, '../..')
const ENTRY = join(ROOT, 'clients/typescript/dist/index.js')

const page = await readFile(join(ROOT, 'docs/webhooks.md'), 'utf8')
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)

const python = await findPython()
const inPython = python === undefined && process.env['CI'] === undefined ? describe.skip : describe

/** How a program in each language is started. */
const started = {
  python: (code: string, environment: Record<string, string> = {}) =>
    run(python ?? 'python3', ['-c', code], {
      ...environment,
      PYTHONPATH: PYTHON_CLIENT,
      PYTHONDONTWRITEBYTECODE: '1',
    }),
  js: (code: string, environment: Record<string, string> = {}) =>
    run(
      process.execPath,
      ['--input-type=module', '-e', code.replaceAll('@headwater/client', ENTRY)],
      environment,
    ),
}

function run(command: string, args: string[], environment: Record<string, string>) {
  return spawn(command, args, { cwd: ROOT, env: { ...process.env, ...environment } })
}

/** What reads JSON of headers, body and secret from standard input, behind a function that verifies them by hand. */
const BY_HAND = {
  python: `
import json, sys
told = json.load(sys.stdin)
verify(told["headers"], told["body"].encode(), told["secret"])`,
  js: `
import { text } from 'node:stream/consumers'
const { headers, body, secret } = JSON.parse(await text(process.stdin))
verify(headers, Buffer.from(body), secret)`,
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
})
afterAll(() => server[Symbol.asyncDispose]())

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isThere) return
  }
}

async function ended(program: ChildProcessWithoutNullStreams): Promise<void> {
  program.kill()
  if (program.exitCode === null && program.signalCode === null) await once(program, 'close')
}

for (const [language, describeIt] of [
  ['python', inPython],
  ['js', describe],
] as const) {
  const [receiver = '', byHand = ''] = blocksOf(language)

  describeIt(`docs/webhooks.md, in ${language}`, () => {
    test('the receiver takes what is signed by one of its secrets, once, and nothing else', async () => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}/hook`
      const old = `whsec_${Buffer.alloc(32).toString('base64')}`
      const { webhook, secret } = await createWebhook(server, url, ['CHECK_FAILED'])
      const program = started[language](receiver, { PORT: port, WEBHOOK_SECRET: `${old},${secret}` })
      try {
        const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
        await listening(Number(port))
        const forged = await fetch(url, {
          method: 'POST',
          headers: { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,a' },
          body: '{}',
        })
        expect(forged.status).toBe(401)
        await server.query('mutation ($id: ID!) { testWebhook(id: $id) { id } }', { id: webhook.id })
        expect((await lines.next()).value).toMatch(/^webhook\.test /)
        await check(server, language, 'in range')
        expect((await lines.next()).value).toMatch(/^check\.failed .*in range/)
      } finally {
        await ended(program)
        await server.query('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhook.id })
      }
    })

    test('by hand what is signed is verified, and what was changed is not', async () => {
      await using told = await startReceiver()
      const { webhook, secret } = await createWebhook(server, told.url, ['CHECK_FAILED'])
      await server.query('mutation ($id: ID!) { testWebhook(id: $id) { id } }', { id: webhook.id })
      await told.until(({ received }) => received.length === 1)
      const { headers = {}, body = '' } = told.received[0] ?? {}
      const outcome = async (given: object) => {
        const program = started[language](byHand + BY_HAND[language])
        program.stdin.end(JSON.stringify({ headers, body, secret, ...given }))
        program.stderr.resume()
        const [code] = await once(program, 'close')
        return code
      }
      expect(await outcome({})).toBe(0)
      expect(await outcome({ body: `${body} ` })).toBe(1)
      expect(await outcome({ headers: { ...headers, 'webhook-timestamp': '1614265330' } })).toBe(1)
      expect(await outcome({ secret: `whsec_${Buffer.alloc(32).toString('base64')}` })).toBe(1)
    })
  })
}
