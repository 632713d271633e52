import {
  type NodeAssetConfigInput,
  RegisterAssetConfigDocument,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'
import { isRefusal } from '../record/culprit.js'
import { openFile } from '../record/open-file.js'
import { ServerError } from '../server-error.js'
import { type ParsedConfig, parseConfig } from './parse-config.js'
import type { Fault } from './yaml-file.js'

/** A file of ten thousand assets with all that may be said of them has less. */
const LARGEST_FILE_BYTES = 16 * 1024 * 1024

/** The most faults that are named; the others are only counted. */
const MOST_NAMED = 1_000

/** As the command line gives them. */
export interface ApplyOptions extends ServerOptions {
  dagId?: string
  dagName?: string
  namespace?: string
  dryRun?: true
  json?: true
}

/** Registers what a file says, or names all that is wrong in it. */
export async function applyConfig(path: string, options: ApplyOptions): Promise<void> {
  const { dagId, dagName, namespace, dryRun, json } = options
  const config = parseConfig(await readText(path), namespace)
  if (config.faults.length > 0) throw await nothingApplied(path, config.faults, json)
  const input = { dagId, dagName, nodes: config.nodes }
  if (dryRun === true) {
    const counts = countsText(config.nodes.length, countAssets(config.nodes))
    await print([json === true ? JSON.stringify(input, null, 2) : `would apply ${counts}`])
    return
  }
  try {
    const { registerAssetConfig: applied } = await new Client(options).request(RegisterAssetConfigDocument, {
      input,
    })
    const counts = countsText(applied.nodeCount, applied.assetCount)
    await print([json === true ? JSON.stringify(applied) : `applied ${counts}`])
  } catch (error) {
    const fault = error instanceof ServerError ? faultOf(error, config) : undefined
    throw fault === undefined ? error : await nothingApplied(path, [fault], json)
  }
}

async function readText(path: string): Promise<string> {
  await using file = await openFile(path)
  if (file.size > LARGEST_FILE_BYTES) {
    throw new CommandError(`${nameOf(path)}: expected at most ${LARGEST_FILE_BYTES} bytes, got ${file.size}`)
  }
  const chunks: Buffer[] = []
  for await (const chunk of file.read()) chunks.push(chunk)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: not UTF-8`, { cause: error })
  }
}

/** What the server refuses, where it stands in the file. Undefined for what is not about the file. */
function faultOf(error: ServerError, { placeOf }: ParsedConfig): Fault | undefined {
  const field = error.field?.replace(/^input\./, '')
  if (!isRefusal(error) || field === undefined || !field.startsWith('nodes')) return undefined
  return { ...placeOf(field), path: '', message: error.message.replace(/^input\./, '') }
}

/** Names each fault; answers with the error that ends the command. */
async function nothingApplied(
  path: string,
  faults: readonly Fault[],
  json: true | undefined,
): Promise<CommandError> {
  const name = nameOf(path)
  const named = faults.slice(0, MOST_NAMED)
  for (const fault of named) tell(`${name}:${fault.line}:${fault.column}: ${textOf(fault)}`)
  const error = `nothing was applied: ${faults.length} ${plural(faults.length, 'fault')} in ${name}`
  if (json === true) await print([JSON.stringify({ faults: named, error })])
  return new CommandError(error)
}

function textOf({ path, message }: Fault): string {
  return path === '' ? message : `${path}: ${message}`
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path
}

function countsText(nodes: number, assets: number): string {
  return `${nodes} ${plural(nodes, 'node')}, ${assets} ${plural(assets, 'asset')}`
}

function countAssets(nodes: readonly NodeAssetConfigInput[]): number {
  return new Set(nodes.flatMap(({ assets }) => assets.map(({ namespace, key }) => `${namespace}\n${key}`)))
    .size
}
