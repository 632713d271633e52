import { expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { readConfig } from '../../src/server/config.js'
import { startTestServer } from '../harness/server.js'

test('a call of more than 100,000 inputs, each counted for each asset, is refused', async () => {
  await using server = await startTestServer()
  const list = (length: number, name: string) => Array.from({ length }, (_, at) => ({ key: `${name}/${at}` }))
  const { status, errors } = await server.ask(RecordMaterializationsDocument, {
    input: { jobId: 'job', assets: list(101, 'made'), upstream: list(1_000, 'raw') },
  })
  expect(status).toBe(400)
  expect(errors[0]?.message).toBe('upstream: expected 0 to 100000 items, got 101000 items')
  expect(await server.database.sql('SELECT FROM asset')).toEqual([])
})

test.each(['mysql://u:secret@h/x', ' postgresql://u:secret@h/x', 'postgresql://u:secret@h'])(
  'the error for DATABASE_URL %s does not tell the password',
  (url) => {
    expect(() => readConfig({ DATABASE_URL: url })).toThrow(/^DATABASE_URL: expected (?!.*secret)/)
  },
)

test.each([
  ['HEADWATER_AUTH', 'yes', 'expected on or off, got "yes"'],
  ['HEADWATER_ALLOW_ANONYMOUS', 'on', 'expected yes or no, got "on"'],
  [
    'HEADWATER_LOG_LEVEL',
    'verbose',
    'expected fatal, error, warn, info, debug, trace or silent, got "verbose"',
  ],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'expected an http or https URL, got "collector:4318"'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://x', 'expected an http or https URL, got "grpc://x"'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://me:secret@x', 'expected an http or https URL, got "ftp://***@x"'],
])('%s=%s is told what is expected, in words of ours', (name, value, message) => {
  expect(() => readConfig({ [name]: value })).toThrow(`${name}: ${message}`)
})
