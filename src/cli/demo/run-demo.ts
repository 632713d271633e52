import { type DocumentNode, print as printQuery } from 'graphql'
import { RecordMaterializationBatchDocument } from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { print, style } from '../output.js'
import { startProgress } from '../progress.js'
import { compactJson } from './compact-json.js'
import { demoRecordings } from './pipeline.js'
import { QUESTIONS } from './questions.js'

/** Small, for the sake of a bar that moves. */
const BATCH = 10
const WIDTH = 120

/** Records the demo and asks its questions. `urlArgument`: what to add to a command that it recommends. */
export async function runDemo(server: ServerOptions, urlArgument: string): Promise<void> {
  const client = new Client(server)
  await print([await recordDemo(client), '', `Three questions to ask at ${server.url}`])
  for (const [at, { text, document }] of QUESTIONS.entries()) {
    const answer = await client.request(document, {})
    await print([
      `\n${style('bold', `${at + 1}. ${text}`)}\n`,
      indented(queryText(document)),
      '',
      indented(compactJson(answer, WIDTH)),
    ])
  }
  await print(['', `The first as a tree: headwater walk extract/claims --up${urlArgument}`])
}

/** Says what was recorded. */
async function recordDemo(client: Client): Promise<string> {
  const recordings = demoRecordings()
  const assets = new Set(recordings.flatMap((recording) => recording.assets.map(({ key }) => key)))
  let made = 0
  let repeated = 0
  using progress = startProgress('recording', recordings.length)
  for (let at = 0; at < recordings.length; at += BATCH) {
    const inputs = recordings.slice(at, at + BATCH)
    const answer = await client.request(RecordMaterializationBatchDocument, { inputs })
    for (const { duplicate, materializations } of answer.recordMaterializationBatch) {
      if (duplicate) repeated += materializations.length
      else made += materializations.length
    }
    progress.advance(inputs.length)
  }
  return `recorded ${made} materializations of ${assets.size} assets, already there ${repeated}`
}

/** As GraphiQL takes it; fields without arguments and fields of their own stand side by side. */
function queryText(document: DocumentNode): string {
  return printQuery(document).replace(
    /\{\s+([\w\s]+?)\s+\}/g,
    (_, fields: string) => `{ ${fields.split(/\s+/).join(' ')} }`,
  )
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '   ')
}
