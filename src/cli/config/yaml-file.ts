import {
  Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'

/** What is YAML, but more of it than is read here. */
const REFUSED_YAML = new Map<string, string>([
  ['MULTIPLE_DOCS', 'expected one document, got more'],
  ['RESOURCE_EXHAUSTION', 'expected fewer levels'],
])

/** What is wrong in a file, and where: lines and columns count from 1. */
export interface Fault {
  line: number
  column: number
  /** How it is reached, e.g. `asset_config.ocr.assets[0].key`; empty for the whole. */
  path: string
  message: string
}

/** A member of a mapping. */
export interface Member {
  name: string
  /** Of the name: for faults of the member as such. */
  key: YamlValue
  value: YamlValue
}

/** A YAML file, and what is found wrong in it. */
export class YamlFile {
  readonly faults: Fault[] = []
  readonly #document: Document.Parsed
  readonly #lines = new LineCounter()

  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Named here, with both of their lines.
      uniqueKeys: false,
      // A !!set or a !!binary has no form in JSON either.
      resolveKnownTags: false,
    })
    for (const { code, pos, message } of this.#document.errors) {
      const [offset] = pos
      const said = REFUSED_YAML.get(code) ?? `not YAML: ${message}`
      this.addFault(offset, '', said + this.#openedBefore(offset, message, text))
    }
    // The parser goes on as if a tag it does not know, or a directive, were not there.
    for (const { pos, message } of this.#document.warnings) {
      this.addFault(pos[0], '', `not read here: ${message}`)
    }
  }

  /** The end of a bracket is missed where the file goes on or ends, which may be far from where it was opened. */
  #openedBefore(offset: number, message: string, text: string): string {
    const closing = /end with a ([\]}])$/.exec(message)?.[1]
    if (closing === undefined) return ''
    let opened: number | undefined
    visit(this.#document, {
      Collection: (_, { range, flow }) => {
        const [start = 0, end = 0] = range ?? []
        const isOpen = flow === true && start < offset && text[end - 1] !== closing
        if (isOpen && text[start] === (closing === ']' ? '[' : '{')) opened = start
      },
    })
    if (opened === undefined) return ''
    const { line, column } = this.placeOf(opened)
    return `; it begins in line ${line}, column ${column}`
  }

  get root(): YamlValue {
    return new YamlValue(this, this.#document.contents, 0, '')
  }

  addFault(offset: number, path: string, message: string): void {
    this.faults.push({ ...this.placeOf(offset), path, message })
  }

  placeOf(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    // An empty file has no lines.
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  /** What stands there; of an alias what it stands for. */
  resolve(node: Node | null): Node | null {
    return node instanceof Alias ? (node.resolve(this.#document) ?? null) : node
  }

  /** Throws a ReferenceError where aliases of aliases make more of it than is sensible. */
  toJson(node: Node): unknown {
    return node.toJS(this.#document)
  }
}

/** A value of a YAML file. Each reader answers undefined, and adds a fault, where the value is something else. */
export class YamlValue {
  readonly #node: Node | null

  /** `fallback`: where its name stands, for a value of which nothing stands in the file. */
  constructor(
    private readonly file: YamlFile,
    node: Node | null,
    private readonly fallback: number,
    readonly path: string,
  ) {
    this.#node = node
  }

  /** Where it begins, in characters from the start of the file. */
  get offset(): number {
    const start = this.#node?.range?.[0]
    const isNothing = start === undefined || start === this.#node?.range?.[1]
    return isNothing ? this.fallback : start
  }

  get line(): number {
    return this.file.placeOf(this.offset).line
  }

  get isList(): boolean {
    return isSeq(this.#resolved)
  }

  get isMapping(): boolean {
    return isMap(this.#resolved)
  }

  addFault(message: string): void {
    this.file.addFault(this.offset, this.path, message)
  }

  /** `expected`: what should stand there, in words. */
  expected(expected: string): undefined {
    this.addFault(`expected ${expected}, got ${this.shown}`)
  }

  text(expected = 'a text'): string | undefined {
    const node = this.#resolved
    if (isScalar(node) && typeof node.value === 'string') return node.value
    const hint = isScalar(node) && node.value !== null ? ' (put it in quotes)' : ''
    return this.expected(`${expected}${hint}`)
  }

  /** Also yes, no, on and off, which other readers of YAML take for the same. */
  flag(): boolean | undefined {
    const node = this.#resolved
    if (isScalar(node)) {
      if (typeof node.value === 'boolean') return node.value
      if (node.type === 'PLAIN' && /^(yes|on)$/i.test(String(node.value))) return true
      if (node.type === 'PLAIN' && /^(no|off)$/i.test(String(node.value))) return false
    }
    return this.expected('true or false')
  }

  items(expected: string): YamlValue[] | undefined {
    const node = this.#resolved
    if (!isSeq(node)) return this.expected(expected)
    return node.items.map(
      (item, at) => new YamlValue(this.file, item as Node, this.offset, `${this.path}[${at}]`),
    )
  }

  /** Those whose name is a text, each once: what is wrong with the others is added. */
  members(expected: string): Member[] | undefined {
    const node = this.#resolved
    if (!isMap(node)) return this.expected(expected)
    const members = new Map<string, Member>()
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null
      const name = new YamlValue(this.file, keyNode, this.offset, this.path).text('a name')
      if (name === undefined) continue
      const path = this.path === '' ? name : `${this.path}.${name}`
      const key = new YamlValue(this.file, keyNode, this.offset, path)
      if (name === '<<') {
        key.addFault('expected no merge key: write the members out')
        continue
      }
      const first = members.get(name)
      if (first !== undefined) {
        key.addFault(`${JSON.stringify(name)} again: it stands in line ${first.key.line} already`)
        continue
      }
      members.set(name, {
        name,
        key,
        value: new YamlValue(this.file, pair.value as Node | null, key.offset, path),
      })
    }
    return [...members.values()]
  }

  /** A mapping as JSON. */
  json(): Record<string, unknown> | undefined {
    if (!isMap(this.#resolved)) return this.expected('a mapping')
    if (this.#addUnkept(this.#resolved, this.path, new Set())) return undefined
    try {
      return JSON.parse(JSON.stringify(this.file.toJson(this.#resolved)))
    } catch (error) {
      // Of what contains itself there is no JSON; and the parser refuses aliases that multiply.
      if (!(error instanceof TypeError || error instanceof ReferenceError)) throw error
      return this.expected('a mapping that can be written without aliases')
    }
  }

  /** Holds a value against a bound of the server: `check` throws where it breaks one. */
  checked<T>(value: T | undefined, check: (field: string, value: T) => T): T | undefined {
    if (value === undefined) return undefined
    try {
      return check('value', value)
    } catch (error) {
      if (!(error instanceof HeadwaterError)) throw error
      this.addFault(error.message.replace(/^value: /, ''))
      return undefined
    }
  }

  /** Adds a fault for each name and number in a node that JSON does not have; answers whether there was one. */
  #addUnkept(node: Node | null, path: string, seen: Set<Node>): boolean {
    if (node === null || seen.has(node)) return false
    // What is there twice by an alias is named once; and it may contain itself.
    seen.add(node)
    const within = (inner: unknown, at: string) =>
      this.#addUnkept(this.file.resolve(isNode(inner) ? inner : null), at, seen)
    const refuse = (what: string, at: Node) => {
      this.file.addFault(at.range?.[0] ?? this.offset, path, what)
      return true
    }
    if (isSeq(node)) return node.items.map((item, at) => within(item, `${path}[${at}]`)).includes(true)
    if (isMap(node)) {
      const found = node.items.map(({ key, value }) => {
        const name = this.file.resolve(isNode(key) ? key : null)
        if (isScalar(name)) return within(value, `${path}.${String(name.value)}`)
        return refuse(`expected a name, got a ${isSeq(name) ? 'list' : 'mapping'}`, isNode(key) ? key : node)
      })
      return found.includes(true)
    }
    const isUnkept = isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)
    return isUnkept && refuse(`expected a number that JSON has, got ${node.source ?? node.value}`, node)
  }

  get #resolved(): Node | null {
    return this.file.resolve(this.#node)
  }

  private get shown(): string {
    const node = this.#resolved
    if (node === null && this.#node instanceof Alias) return `an alias of nothing, *${this.#node.source}`
    if (isSeq(node)) return 'a list'
    if (isMap(node)) return 'a mapping'
    if (!isScalar(node) || node.value === null) return 'nothing'
    if (typeof node.value !== 'string') return `the ${typeof node.value} ${String(node.value)}`
    return quoted(node.value)
  }
}
