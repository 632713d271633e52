import { parse } from 'csv-parse/sync'
import type { TestServer } from './server.js'

export type Format = 'ndjson' | 'csv' | 'dot' | 'mermaid' | 'openlineage'

/** What an export says, whatever its format. */
export interface Exported {
  /** `namespace/key`, in the order of the file. */
  nodes: string[]
  /** Of each node; empty where the format has none. */
  distances: number[]
  /** `upstream > downstream over n`, both as namespace/key, in the order of the file. */
  edges: string[]
  trailer: { nodes: number; edges: number; complete: boolean; stoppedBy: string[]; watermark: string }
}

/** What a client asks an export with: what is undefined or null is left out, an object goes as JSON. */
export type ExportParameters = Record<string, string | number | object | null | undefined>

export function exportUrl(server: Pick<TestServer, 'url'>, parameters: ExportParameters): URL {
  const url = new URL('/export/lineage', server.url)
  for (const [name, value] of Object.entries(parameters)) {
    if (value != null)
      url.searchParams.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return url
}

/** A whole export, as text. */
export async function exportText(server: TestServer, parameters: ExportParameters): Promise<string> {
  // Reading a large one takes longer than the server keeps a connection open for the next.
  const response = await fetch(exportUrl(server, parameters), { headers: { connection: 'close' } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`unexpected ${response.status}: ${text}`)
  return text
}

/** A whole export, read by a parser of its format. */
export async function exported(
  server: TestServer,
  format: Format,
  parameters: ExportParameters,
): Promise<Exported> {
  return PARSERS[format](await exportText(server, { ...parameters, format }))
}

type Name = { namespace: string; key: string }

const nameOf = ({ namespace, key }: Name) => `${namespace}/${key}`
const edgeOf = (upstream: string, downstream: string, viaCount: number) =>
  `${upstream} > ${downstream} over ${viaCount}`

/** Lines, each of which ends with a line's end. */
function linesOf(text: string, end = '\n'): string[] {
  const lines = text.split(end)
  if (lines.pop() !== '') throw new Error('the last line has no end')
  return lines
}

function matched(pattern: RegExp, line: string): string[] {
  const found = pattern.exec(line)
  if (found === null) throw new Error(`unexpected line ${JSON.stringify(line)}`)
  return found.slice(1).map((part) => part ?? '')
}

function parseNdjson(text: string): Exported {
  type Row =
    | ({ type: 'node'; distance: number } & Name)
    | { type: 'edge'; upstream: Name; downstream: Name; viaCount: number }
    | ({ type: 'trailer' } & Exported['trailer'])
  const rows = linesOf(text).map((line) => JSON.parse(line) as Row)
  const nodes = rows.filter((row) => row.type === 'node')
  const edges = rows.filter((row) => row.type === 'edge')
  const last = rows.at(-1)
  if (last?.type !== 'trailer' || nodes.length + edges.length + 1 !== rows.length) throw new Error(text)
  const { type: _, ...trailer } = last
  return {
    nodes: nodes.map(nameOf),
    distances: nodes.map(({ distance }) => distance),
    edges: edges.map((edge) => edgeOf(nameOf(edge.upstream), nameOf(edge.downstream), edge.viaCount)),
    trailer,
  }
}

function parseCsv(text: string): Exported {
  const rows: Record<string, string>[] = parse(text, { columns: true, record_delimiter: '\r\n' })
  const nodes = rows.filter(({ record }) => record === 'node')
  const edges = rows.filter(({ record }) => record === 'edge')
  const last = rows.at(-1)
  if (last?.['record'] !== 'trailer' || nodes.length + edges.length + 1 !== rows.length) throw new Error(text)
  return {
    nodes: nodes.map(({ namespace, key }) => `${namespace}/${key}`),
    distances: nodes.map(({ distance }) => Number(distance)),
    edges: edges.map(({ namespace, key, upstream_namespace, upstream_key, via_count }) =>
      edgeOf(`${upstream_namespace}/${upstream_key}`, `${namespace}/${key}`, Number(via_count)),
    ),
    trailer: trailerOf(last),
  }
}

function trailerOf(members: Record<string, string>): Exported['trailer'] {
  const { nodes, edges, complete, watermark = '' } = members
  const stoppedBy = (members['stoppedBy'] ?? members['stopped_by'] ?? '').split(/[ ,]/).filter(Boolean)
  return { nodes: Number(nodes), edges: Number(edges), complete: complete === 'true', stoppedBy, watermark }
}

function trailerOfComment(text: string): Exported['trailer'] {
  return trailerOf(Object.fromEntries(text.split(' ').map((member) => matched(/^(\w+)=(.*)$/, member))))
}

/** By Graphviz's grammar, of what an export makes use of. */
function parseDot(text: string): Exported {
  const lines = linesOf(text)
  const [end, trailer = ''] = lines.splice(-2)
  if (lines.splice(0, 3).join('\n') !== 'digraph lineage {\n  rankdir=LR\n  node [shape=box]' || end !== '}')
    throw new Error(text)
  const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"'
  const node = new RegExp(`^  n(\\d+) \\[label=${QUOTED} kind=${QUOTED} distance=(\\d+)\\]$`, 'u')
  const unquoted = (quoted: string) =>
    quoted.replace(/\\(["\\])|&amp;|[\\&]/g, (found, escaped) => {
      if (found.length === 1) throw new Error(`${found} stands for itself nowhere: ${quoted}`)
      return escaped ?? '&'
    })
  const nodes = lines.filter((line) => !line.includes(' -> n')).map((line) => matched(node, line))
  nodes.forEach(([place], at) => {
    if (Number(place) !== at) throw new Error(`n${place} stands at ${at}`)
  })
  const names = nodes.map(([, label = '']) => unquoted(label))
  const edges = lines.slice(nodes.length).map((line) => {
    const [upstream, downstream, via] = matched(/^ {2}n(\d+) -> n(\d+)(?: \[label="via (\d+)"\])?$/, line)
    return edgeOf(names[Number(upstream)] ?? '', names[Number(downstream)] ?? '', Number(via))
  })
  return {
    nodes: names,
    distances: nodes.map(([, , , distance]) => Number(distance)),
    edges,
    trailer: trailerOfComment(matched(/^\/\/ trailer (.*)$/, trailer)[0] ?? ''),
  }
}

/** By Mermaid's grammar of flowcharts, of what an export makes use of. */
function parseMermaid(text: string): Exported {
  const lines = linesOf(text)
  const trailer = lines.pop() ?? ''
  if (lines.shift() !== 'flowchart LR') throw new Error(text)
  const names: string[] = []
  const edges: string[] = []
  for (const line of lines) {
    if (edges.length === 0 && line.endsWith('"]')) {
      const [place, label = ''] = matched(/^ {2}n(\d+)\["((?:[\p{L}\p{M}\p{N} _./-]|#\d+;)*)"\]$/u, line)
      if (Number(place) !== names.length) throw new Error(`n${place} stands at ${names.length}`)
      names.push(label.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))))
    } else {
      const [upstream, via, downstream] = matched(/^ {2}n(\d+) -->(?:\|via (\d+)\|)? n(\d+)$/, line)
      edges.push(edgeOf(names[Number(upstream)] ?? '', names[Number(downstream)] ?? '', Number(via)))
    }
  }
  return {
    nodes: names,
    distances: [],
    edges,
    trailer: trailerOfComment(matched(/^%% trailer (.*)$/, trailer)[0] ?? ''),
  }
}

interface Dataset {
  namespace: string
  name: string
  facets: { headwater: { distance: number } }
}

type Event = { eventTime: string; producer: string; schemaURL: string } & (
  | { dataset: Dataset }
  | {
      job: { namespace: string; name: string }
      inputs: (Omit<Dataset, 'facets'> & { inputFacets?: { headwater: { viaCount: number } } })[]
      outputs: [Dataset]
    }
)

/** By what OpenLineage 2-0-2 says of dataset and job events. */
function parseOpenLineage(text: string): Exported {
  const lines = linesOf(text)
  const { type, ...trailer } = JSON.parse(lines.pop() ?? '').headwater
  if (type !== 'trailer') throw new Error(text)
  const exported: Exported = { nodes: [], distances: [], edges: [], trailer }
  const nameOfDataset = ({ namespace, name }: Omit<Dataset, 'facets'>) => `${namespace}/${name}`
  for (const line of lines) {
    const event = JSON.parse(line) as Event
    const { eventTime, producer, schemaURL } = event
    const kind = 'dataset' in event ? 'DatasetEvent' : 'JobEvent'
    if (schemaURL !== `https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${kind}`)
      throw new Error(line)
    if (!URL.canParse(producer) || Number.isNaN(Date.parse(eventTime))) throw new Error(line)
    const made = 'dataset' in event ? event.dataset : event.outputs[0]
    exported.nodes.push(nameOfDataset(made))
    exported.distances.push(made.facets.headwater.distance)
    if ('dataset' in event) continue
    if (event.outputs.length !== 1 || event.inputs.length === 0) throw new Error(line)
    if (nameOfDataset(event.job) !== nameOfDataset(made)) throw new Error(line)
    for (const input of event.inputs) {
      const viaCount = input.inputFacets?.headwater.viaCount ?? 0
      exported.edges.push(edgeOf(nameOfDataset(input), nameOfDataset(made), viaCount))
    }
  }
  return exported
}

const PARSERS: Record<Format, (text: string) => Exported> = {
  ndjson: parseNdjson,
  csv: parseCsv,
  dot: parseDot,
  mermaid: parseMermaid,
  openlineage: parseOpenLineage,
}

/** An export read back. */
export const parseExport = (format: Format, text: string): Exported => PARSERS[format](text)
