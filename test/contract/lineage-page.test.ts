import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { compactJson } from '../../src/cli/demo/compact-json.js'
import { demoRecordings } from '../../src/cli/demo/pipeline.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const PAGE = join(dirname(dirname(import.meta.dirname)), 'docs/lineage.md')

/** A question, in GraphQL or as a request, with its answer. */
const PAIR = /^```(graphql|http)\n(.*?)^```\n\n```(?:json|text)\n(.*?)^```$/gms

async function answerTo(server: TestServer, kind: string, question: string): Promise<string> {
  if (kind === 'graphql') {
    const { data, errors } = await server.ask<object, never>(question)
    return compactJson(errors.length > 0 ? { errors } : data, 110)
  }
  const response = await fetch(server.url + question.replace('GET ', '').trim())
  // A watermark counts what the database has done before, whatever that was.
  return (await response.text()).trimEnd().replace(/watermark=\S+/, 'watermark=…')
}

test('every question on the page, asked one after the other of the demo, has the answer that stands there', async () => {
  await using server = await startTestServer()
  const recordings = demoRecordings()
  for (let at = 0; at < recordings.length; at += 20)
    await server.query(RecordMaterializationBatchDocument, { inputs: recordings.slice(at, at + 20) })

  const page = await readFile(PAGE, 'utf8')
  const pairs = [...page.matchAll(PAIR)]
  expect(pairs.length).toBeGreaterThan(15)
  let answered = page
  for (const [block, kind = '', question = '', answer = ''] of pairs) {
    const now = `${await answerTo(server, kind, question)}\n`
    answered = answered.replace(block, () =>
      block.replace(/```(json|text)\n.*?^```$/ms, (_, of) => `\`\`\`${of}\n${now}\`\`\``),
    )
    if (process.env.HEADWATER_ANSWER_PAGES === undefined) expect([question, answer]).toEqual([question, now])
  }
  // To write the page anew after a change of the demo.
  if (process.env.HEADWATER_ANSWER_PAGES !== undefined) await writeFile(PAGE, answered)
})
