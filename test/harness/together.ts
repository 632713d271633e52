import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type DefinitionNode, type FieldNode, Kind, parse, print, visit } from 'graphql'
import type { TestServer } from './server.js'

/** So many share a request, where their aliases may. */
const AT_ONCE = 10
const MOST_ALIASES = 30

/**
 * Asks a query for each of some cases, in few requests: over a small graph a request costs more than what it asks
 * for. Answers with each case and its data; none may have errors.
 */
export async function queryEach<Case, Data, Variables extends object>(
  server: TestServer,
  document: TypedDocumentNode<Data, Variables> | string,
  cases: readonly Case[],
  variablesOf: (one: Case) => Variables,
): Promise<[Case, Data][]> {
  const { definitions } = typeof document === 'string' ? parse(document) : document
  const answered: [Case, Data][] = []
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(MOST_ALIASES / aliasesOf(definitions))))
  for (let from = 0; from < cases.length; from += atOnce) {
    const some = cases.slice(from, from + atOnce)
    const { text, fields } = repeated(definitions, some.length)
    const values = some.flatMap((one, at) =>
      Object.entries(variablesOf(one)).map(([name, value]) => [numbered(name, at), value]),
    )
    const data = await server.query<Record<string, unknown>, object>(text, Object.fromEntries(values))
    for (const [at, one] of some.entries()) {
      const own = fields.map((name) => [name, data[numbered(name, at)]])
      answered.push([one, Object.fromEntries(own) as Data])
    }
  }
  return answered
}

/** How many aliases one case has. */
function aliasesOf(definitions: readonly DefinitionNode[]): number {
  let aliases = 0
  for (const one of definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION) aliases += one.selectionSet.selections.length
    visit(one, { Field: ({ alias }) => void (alias !== undefined && aliases++) })
  }
  return aliases
}

const numbered = (name: string, at: number) => `${name}_${at}`

/** The same operation so many times in one: each root field under a name of its own, with variables of its own. */
function repeated(definitions: readonly DefinitionNode[], count: number): { text: string; fields: string[] } {
  const operation = definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined) throw new Error('expected an operation')
  const fragments = definitions.filter((one) => one !== operation)
  const roots = operation.selectionSet.selections.filter((one): one is FieldNode => one.kind === Kind.FIELD)
  const copies = Array.from({ length: count }, (_, at) =>
    visit(operation, {
      Variable: ({ kind, name }) => ({ kind, name: { ...name, value: numbered(name.value, at) } }),
      Field: (node) => {
        if (!roots.includes(node)) return undefined
        return { ...node, alias: { kind: Kind.NAME, value: numbered(node.name.value, at) } }
      },
    }),
  )
  const whole = {
    ...operation,
    variableDefinitions: copies.flatMap(({ variableDefinitions = [] }) => variableDefinitions),
    selectionSet: {
      ...operation.selectionSet,
      selections: copies.flatMap(({ selectionSet }) => selectionSet.selections),
    },
  }
  return {
    text: print({ kind: Kind.DOCUMENT, definitions: [whole, ...fragments] }),
    fields: roots.map(({ name }) => name.value),
  }
}
