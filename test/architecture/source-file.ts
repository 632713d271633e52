import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import {
  type CallExpression,
  type Comment,
  type Node,
  type Program,
  parseSync,
  type StaticExport,
  visitorKeys,
} from 'oxc-parser'

/** What the rules of the architecture look at in one file. */
export interface SourceFile {
  /** From the root of the project, with forward slashes. */
  path: string
  lines: number
  imports: Import[]
  /** Exported names, declared in this file, that neither a doc comment nor a GraphQL description explains. */
  undocumented: string[]
  /** Places, as `path:line`, that use the console. */
  consoleUses: string[]
  /** Places, as `path:line`, that read the environment. */
  environmentReads: string[]
}

/** One file or package that a file imports, by whatever syntax. */
export interface Import {
  /** A path from the root of the project, or the name of a package or of a module of node's. */
  target: string
  isPackage: boolean
  /** Gone at run time. */
  isType: boolean
}

/** Reads and parses every TypeScript source below some folders of a project. */
export async function readSources(root: string, folders: readonly string[]): Promise<SourceFile[]> {
  const paths: string[] = []
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (entry.isFile() && entry.name.endsWith('.ts')) paths.push(join(entry.parentPath, entry.name))
    }
  }
  return Promise.all(
    paths.sort().map(async (path) => {
      const fromRoot = path.slice(root.length + 1).replaceAll('\\', '/')
      return parseSource(fromRoot, await readFile(path, 'utf8'))
    }),
  )
}

/** Parses one source. `path` is where it is, or would be, in the project. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, module, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  const place = ({ start }: { start: number }) => `${path}:${text.slice(0, start).split('\n').length}`

  const imports: Import[] = []
  const add = (specifier: string, isType: boolean) =>
    imports.push({ target: targetOf(path, specifier), isPackage: !specifier.startsWith('.'), isType })
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType))
  }
  for (const { entries } of module.staticExports) {
    const [first] = entries
    if (first?.moduleRequest)
      add(
        first.moduleRequest.value,
        entries.every(({ isType }) => isType),
      )
  }

  const consoleUses: string[] = []
  const environmentReads: string[] = []
  for (const node of nodesIn(program)) {
    if (node.type === 'ImportExpression') {
      const specifier = textOf(node.source)
      if (specifier === undefined) throw new Error(`${place(node)}: expected import() of a literal`)
      add(specifier, false)
    } else if (node.type === 'TSImportType') {
      add(node.source.value, true)
    } else if (isCallOf(node, 'require')) {
      const specifier = textOf(node.arguments[0])
      if (specifier !== undefined) add(specifier, false)
    } else if (node.type === 'Identifier' && node.name === 'console') {
      consoleUses.push(place(node))
    } else if (readsEnvironment(node)) {
      environmentReads.push(place(node))
    }
  }
  if (imports.some(({ target }) => /^(node:)?process$/.test(target))) environmentReads.push(path)

  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports,
    undocumented: undocumentedNames(text, program, comments, module.staticExports),
    consoleUses,
    environmentReads,
  }
}

/** A node and all below it, in the order of the source. */
function* nodesIn(node: Node): Generator<Node> {
  yield node
  const members = new Map<string, unknown>(Object.entries(node))
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [members.get(key)].flat()) if (isNode(child)) yield* nodesIn(child)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function isCallOf(node: Node, name: string): node is CallExpression {
  return node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === name
}

/** The value of a string literal. */
function textOf(node: Node | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

/** `process.env`, and whatever names a member of `process` in a way that cannot be told. */
function readsEnvironment(node: Node): boolean {
  if (node.type !== 'MemberExpression') return false
  if (node.object.type !== 'Identifier' || node.object.name !== 'process') return false
  return node.computed || (node.property.type === 'Identifier' && node.property.name === 'env')
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) {
    return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
  }
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

function undocumentedNames(
  text: string,
  program: Program,
  comments: readonly Comment[],
  exports: readonly StaticExport[],
): string[] {
  const docEnds = comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ end }) => end)
  const isDocumented = (start: number) =>
    docEnds.some((end) => end <= start && text.slice(end, start).trim() === '')
  const described = describedToGraphql(program)

  return exports.flatMap((statement) => {
    const node = program.body.find(({ start }) => start === statement.start)
    if (node?.type !== 'ExportNamedDeclaration' || node.declaration === null) return []
    const { declaration } = node
    const decorators = declaration.type === 'ClassDeclaration' ? declaration.decorators : []
    const start = Math.min(node.start, ...decorators.map((decorator) => decorator.start))
    if (decorators.length > 0 || isDocumented(start)) return []
    return statement.entries
      .map(({ exportName }) => exportName.name ?? '')
      .filter((name) => !described.has(name))
  })
}

/** Enumerations that registerEnumType describes: GraphQL's descriptions are their documentation. */
function describedToGraphql(program: Program): Set<string> {
  const names = new Set<string>()
  for (const node of nodesIn(program)) {
    if (!isCallOf(node, 'registerEnumType')) continue
    const [first] = node.arguments
    if (first?.type === 'Identifier') names.add(first.name)
  }
  return names
}
