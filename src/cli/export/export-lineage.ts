import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'
import { type Progress, startProgress } from '../progress.js'
import { ServerError } from '../server-error.js'
import { readTrailer, type Trailer, TrailerTail } from './trailer.js'
import { writeFileWhole } from './write-file-whole.js'

/** As the command line gives them. */
export interface ExportOptions extends ServerOptions {
  up?: true
  down?: true
  namespace: string
  depth?: number
  scope: 'all' | 'current'
  format: string
  asOf?: string
  output?: string
}

const LINE_FEED = 0x0a

/** Writes an export. Fails where it has no trailer; says where that does not say that it is everything. */
export async function exportLineage(key: string, options: ExportOptions): Promise<void> {
  const { namespace, output } = options
  const response = await new Client(options)
    .open('export/lineage', parametersOf(key, options))
    .catch((error: unknown) => {
      if (!(error instanceof ServerError) || error.code !== 'ASSET_NOT_FOUND' || options.asOf !== undefined)
        throw error
      throw new CommandError(
        `no asset ${JSON.stringify(key)} is recorded in namespace ${JSON.stringify(namespace)}`,
        { cause: error },
      )
    })
  const tail = new TrailerTail()
  let trailer: Trailer
  if (output === undefined) {
    for await (const bytes of readBody(response, tail, null)) await writeOut(bytes)
    trailer = trailerIn(tail)
  } else {
    using progress = startProgress('exporting', rowsOf(response, options.format))
    trailer = await writeFileWhole(output, readBody(response, tail, progress), () => trailerIn(tail))
  }
  if (output !== undefined) await print([`exported ${sizeOf(trailer)} to ${output}`])
  if (trailer.complete) return
  process.exitCode = 1
  tell(`headwater: incomplete: ${sizeOf(trailer)}; stopped by ${trailer.stoppedBy}`)
}

function parametersOf(
  key: string,
  { up, down, namespace, depth, scope, format, asOf }: ExportOptions,
): URLSearchParams {
  const direction = up === down ? 'both' : up === true ? 'upstream' : 'downstream'
  return new URLSearchParams({
    key,
    namespace,
    direction,
    scope,
    format,
    ...(depth === undefined ? {} : { depth: String(depth) }),
    ...(asOf === undefined ? {} : { asOf }),
  })
}

/** What comes; `tail` keeps its end, and `progress` counts its lines. */
async function* readBody(
  { body }: Response,
  tail: TrailerTail,
  progress: Progress | null,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of body ?? []) {
      tail.add(bytes)
      progress?.advance(bytes.reduce((lines, byte) => lines + Number(byte === LINE_FEED), 0))
      yield bytes
    }
  } catch (error) {
    // Whatever fetch calls it, the rest did not come.
    if (!(error instanceof TypeError)) throw error
    throw new CommandError('the server broke the export off: what was written is not whole', { cause: error })
  }
}

function trailerIn(tail: TrailerTail): Trailer {
  const trailer = readTrailer(tail.text)
  if (trailer !== undefined) return trailer
  throw new CommandError('the export ends without its trailer: what was written is not whole')
}

function rowsOf({ headers }: Response, format: string): number {
  const nodes = Number(headers.get('headwater-nodes'))
  return format === 'openlineage' ? nodes : nodes + Number(headers.get('headwater-edges'))
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  if (process.stdout.write(bytes)) return
  await new Promise((resolve) => process.stdout.once('drain', resolve))
}

function sizeOf({ nodes, edges }: Trailer): string {
  return `${nodes} ${plural(nodes, 'asset')}, ${edges} ${plural(edges, 'edge')}`
}
