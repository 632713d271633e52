import { expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { startTestServer } from '../harness/server.js'

test('a recording is one SQL statement, whatever the number of its assets and upstreams', async () => {
  await using server = await startTestServer()
  const count = async (assets: number) =>
    (
      await server.statementsOf(() =>
        server.query(RecordMaterializationsDocument, {
          input: {
            jobId: 'job',
            assets: Array.from({ length: assets }, (_, at) => ({ key: `made/${assets}/${at}` })),
            upstream: Array.from({ length: assets }, (_, at) => ({ key: `raw/${at}` })),
          },
        }),
      )
    ).length
  expect(await count(1)).toBe(1)
  expect(await count(100)).toBe(1)
})
