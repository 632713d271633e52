import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print } from '../output.js'
import { openSource } from './open-source.js'
import { recordSource } from './record-source.js'
import { Report } from './report.js'

/** In ms: long enough for a server that is being replaced. */
const PATIENCE_MS = 60_000

/** As the command line gives them. */
export interface RecordOptions extends ServerOptions {
  keepGood?: boolean
  json?: boolean
}

/** Records a file, and says what has become of it. */
export async function recordFile(
  file: string,
  { keepGood = false, json = false, ...server }: RecordOptions,
): Promise<void> {
  await using source = await openSource(file)
  const report = new Report(source.unit)
  let failure: CommandError | undefined
  try {
    await recordSource(new Client(server, PATIENCE_MS), source, report, keepGood)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    failure = error
  }
  await print([json ? report.json(failure?.message) : report.text()])
  if (report.bad > 0) process.exitCode = 1
  if (failure !== undefined) throw failure
}
