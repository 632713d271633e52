import type { GraphQLInputObjectType } from 'graphql'
import type { Client } from '../client.js'
import { CommandError } from '../command-error.js'
import { startProgress } from '../progress.js'
import { ServerError } from '../server-error.js'
import { inBatches } from './batches.js'
import { checkEntry, type ReadyEntry } from './check-entry.js'
import { culpritOf, isRefusal, messageAlone } from './culprit.js'
import { inFlight } from './in-flight.js'
import { recordingInputType } from './input-schema.js'
import type { Source } from './open-source.js'
import type { Report } from './report.js'
import { type OnRecorded, sendBatch, sendGood } from './send.js'

const MOST_IN_FLIGHT = 4

/**
 * Records a source: first every entry is checked, then the good ones are sent; unless `keepGood`, only where all
 * are good. Throws a CommandError that says why not all of it is recorded.
 */
export async function recordSource(
  client: Client,
  source: Source,
  report: Report,
  keepGood: boolean,
): Promise<void> {
  const type = recordingInputType()
  const survey = await surveyOf(source, type, report)
  if (report.bad > 0 && !keepGood) {
    throw new CommandError(
      `nothing was recorded: ${report.bad} of ${survey.total} recordings are bad; correct them, or record the others with --keep-good`,
    )
  }
  const good = survey.total - report.bad
  let sent = 0
  let requests = 0
  using progress = startProgress('recording', good)
  // The server's clock dates what has no materializedAt: in turn, so that the order of the file is that of the dates.
  const most = survey.isDated ? MOST_IN_FLIGHT : 1
  try {
    await inFlight(inBatches(readyEntries(source, type)), most, async (batch) => {
      requests++
      const onRecorded: OnRecorded = (_, answer) => report.addRecorded(answer)
      if (keepGood) await sendGood(client, batch, onRecorded, (bad) => report.addBad(bad))
      else await sendWhole(client, batch, report)
      sent += batch.length
      progress.advance(batch.length)
    })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    // Without keepGood nothing is bad here but what the server has just refused.
    const isAllRefused = !keepGood && report.bad > 0 && requests === 1
    throw new CommandError(`${error.message}; ${doneText(report.done, good, isAllRefused)}`, { cause: error })
  }
  if (sent !== good)
    throw new CommandError(`the file changed while it was read: ${sent} of ${good} were sent`)
}

interface Survey {
  total: number
  /** Whether every recording says when it was made. */
  isDated: boolean
}

async function surveyOf(source: Source, type: GraphQLInputObjectType, report: Report): Promise<Survey> {
  const survey = { total: 0, isDated: true }
  for await (const entry of source.read()) {
    survey.total++
    const checked = checkEntry(type, entry)
    if ('message' in checked) report.addBad(checked)
    else survey.isDated &&= checked.input.materializedAt != null
  }
  return survey
}

async function* readyEntries(source: Source, type: GraphQLInputObjectType): AsyncGenerator<ReadyEntry> {
  for await (const entry of source.read()) {
    const checked = checkEntry(type, entry)
    if ('input' in checked) yield checked
  }
}

async function sendWhole(client: Client, batch: ReadyEntry[], report: Report): Promise<void> {
  try {
    await sendBatch(client, batch, (_, answer) => report.addRecorded(answer))
  } catch (error) {
    if (!(error instanceof ServerError && isRefusal(error))) throw error
    const culprit = culpritOf(error, batch)
    if (culprit === undefined) throw error
    report.addBad({ number: culprit.number, message: messageAlone(error) })
    throw new CommandError(`the server refused ${report.unit} ${culprit.number}`, { cause: error })
  }
}

/** What an answer has come for: a request that got none may have been recorded too, unless it was refused. */
function doneText(done: number, good: number, isAllRefused: boolean): string {
  if (isAllRefused) return 'nothing was recorded'
  if (done === 0) return `none of ${good} recordings is known to be recorded`
  return `${done} of ${good} recordings are recorded: the same file again records only the rest`
}
