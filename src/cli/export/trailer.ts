/** What the last line of an export says. */
export interface Trailer {
  nodes: number
  edges: number
  complete: boolean
  stoppedBy: string
}

/** A trailer is shorter, in bytes. */
const LONGEST = 2_048

/** Keeps the end of what is added. */
export class TrailerTail {
  #end: Buffer = Buffer.alloc(0)

  add(bytes: Uint8Array): void {
    this.#end =
      bytes.length >= LONGEST
        ? Buffer.from(bytes.subarray(-LONGEST))
        : Buffer.concat([this.#end, bytes]).subarray(-LONGEST)
  }

  get text(): string {
    return this.#end.toString()
  }
}

/** As NDJSON and OpenLineage, the table, and comments have it. No name of an asset holds a line break. */
const FORMS = [
  /^(?:\{"headwater":)?\{"type":"trailer","nodes":(?<nodes>\d+),"edges":(?<edges>\d+),"complete":(?<complete>true|false),"stoppedBy":\[(?<stoppedBy>[^\]]*)\],/,
  /^trailer,{8}(?<nodes>\d+),(?<edges>\d+),(?<complete>true|false),(?<stoppedBy>[^,]*),/,
  /^(?:\/\/|%%) trailer nodes=(?<nodes>\d+) edges=(?<edges>\d+) complete=(?<complete>true|false) stoppedBy=(?<stoppedBy>\S*) /,
]

/** The trailer, where the text ends with one and with the end of its line; whatever the format. */
export function readTrailer(text: string): Trailer | undefined {
  const [, line] = /(?:^|\n)([^\n]*)\n$/.exec(text) ?? []
  if (line === undefined) return undefined
  for (const form of FORMS) {
    const { nodes, edges, complete, stoppedBy } = form.exec(line)?.groups ?? {}
    if (nodes === undefined) continue
    const reasons = (stoppedBy ?? '').split(/[", ]+/).filter(Boolean)
    return {
      nodes: Number(nodes),
      edges: Number(edges),
      complete: complete === 'true',
      stoppedBy: reasons.join(', '),
    }
  }
  return undefined
}
