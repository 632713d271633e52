import { expect, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, logOf } from '../harness/webhooks.js'
import { headwater } from './run-headwater.js'

test('webhook makes one, lists it and what it was told, and sends that again', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  const run = (...args: string[]) => headwater(['webhook', ...args], { url: server.url })
  const created = await run(
    ...['create', receiver.url, '--event', 'check-failed', '--event', 'asset-stale'],
    ...['--key-prefix', 'a', '--minutes', '5'],
  )
  expect(created).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^whsec_\S+\n$/),
    stderr: expect.stringMatching(/^webhook \S+ is told from now on; its secret is shown this once\n$/),
  })
  const [, id = ''] = created.stderr.split(' ')
  expect((await run('list')).stdout).toBe(
    `${[id, 'ACTIVE', 'CHECK_FAILED,ASSET_STALE', 'all namespaces', receiver.url].join('\t')}\n`,
  )
  const [listed] = JSON.parse((await run('list', '--json')).stdout)
  expect(listed).toMatchObject({ id, assets: { keyPrefix: 'a' }, incompleteAfterMinutes: 5, namespaces: [] })

  receiver.answering = (response) => void response.writeHead(410).end()
  await check(server, 'a', 'in range')
  let log = await logOf(server, id)
  while (log[0]?.status !== 'DEAD') log = await logOf(server, id)
  const [dead] = log
  expect((await run('deliveries', id, '--status', 'delivered')).stdout).toBe('')
  expect((await run('deliveries', id, '--status', 'dead')).stdout).toMatch(
    new RegExp(`^${dead?.id}\t\\S+\tCHECK_FAILED\tDEAD\t1 attempt\tanswered with 410\n$`),
  )
  expect(await run('deliveries', 'none')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'headwater: no webhook none is known: see `headwater webhook list`\n',
  })
  receiver.answering = take
  await server.query('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }', {
    input: { id, status: 'ACTIVE' },
  })
  expect((await run('replay', dead?.id ?? '')).stdout).toMatch(/\tPENDING\t1 attempt\tanswered with 410\n$/)
  await receiver.until((all) => all.taken().length === 1)
  expect((await run('create', 'nowhere', '--event', 'check-failed')).stderr).toMatch(
    /^headwater: input\.url: expected an http or https URL/,
  )
})
