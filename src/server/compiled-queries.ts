import type { ApolloServerOptions } from '@apollo/server'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import type { OperationStream, RequestContext } from '../context.js'
import { nextTurn } from '../util/next-turn.js'
import { ListWriting, type WritingPlan, writeLists } from './written-lists.js'

type Gateway = NonNullable<ApolloServerOptions<RequestContext>['gateway']>
/** What runs an operation. */
export type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>

/** How many compiled queries are kept: the ones used last, of so many characters together. */
const MOST_QUERIES = 500
const MOST_CHARACTERS = 1_000_000

/** Longer queries, in characters, are not compiled. What is compiled holds the document, about 70 bytes a character. */
const GREATEST_LENGTH = 20_000

/** The weight of a query (see weightOf) from which on compiling, 0.2 ms for each 1, costs more than it brings. */
const GREATEST_WEIGHT = 1_000

/** Of one answer: where one thing is wrong in many places, the first say it all. */
const MOST_ERRORS = 100

/**
 * Of variables of so many values and more, the first that is wrong says it all: compiled code would look for all, and graphql-js
 * quotes the value in which each is.
 */
const MANY_VALUES = 2_000

/** Longer than most answers take, in ms. */
const LONG_MS = 10

/** What is known of a query: that it has come once, its compiled form, or that it is not to be compiled. */
type Known = 'SEEN' | 'PLAIN' | Compiled

interface Compiled extends CompiledQuery {
  /** The lists that the compiled code leaves as they come: they are written. */
  places: WritingPlan['places']
  /** Of its text. */
  length: number
}

/**
 * Runs queries inside Apollo Server, which takes an executor only from a gateway. A query that comes again is
 * compiled to JavaScript; the first time, and where it cannot be compiled, graphql-js runs it. Answers are the same.
 * `within` puts that into its limits.
 */
export function compilingGateway(
  schema: GraphQLSchema,
  within: (schema: GraphQLSchema, run: Executor) => Executor = (_schema, run) => run,
): Gateway {
  return {
    load: async () => ({ executor: within(schema, compilingExecutor(schema)) }),
    onSchemaLoadOrUpdate: (tell) => {
      tell({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => undefined
    },
    stop: async () => undefined,
  }
}

function compilingExecutor(schema: GraphQLSchema): Executor {
  const known = new LRUCache<string, Known>({
    max: MOST_QUERIES,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (one) => (typeof one === 'string' ? 1 : 1 + one.length),
  })
  const writing = new ListWriting(schema)

  return async ({ document, operationName, queryHash, request, context }) => {
    const { variables = {} } = request
    const hasMany = hasManyValues(variables)
    const asked = { schema, document, variableValues: variables, operationName: request.operationName }
    const run = async (rootValue?: unknown, contextValue: unknown = context) => {
      const { errors, ...rest } = await execute({
        ...asked,
        rootValue,
        contextValue,
        ...(hasMany ? { options: { maxCoercionErrors: 1 } } : {}),
      })
      return errors === undefined ? rest : { ...rest, errors: errors.slice(0, MOST_ERRORS) }
    }
    // The name that was asked for: where there is none of it, `operationName` is as if no name had been.
    const operation = getOperationAST(document, request.operationName)
    if (operation == null) return run()
    const name = `${queryHash} ${operationName}`
    const found = known.get(name)
    // Whoever subscribes is answered more than once.
    const isStream = operation.operation === OperationTypeNode.SUBSCRIPTION
    const isToCompile = found === 'SEEN' || (found === undefined && isStream)
    const query = isToCompile ? compiled(writing, document, operationName) : (found ?? 'SEEN')
    if (query !== found) known.set(name, query)
    if (isStream) {
      const answer = async (event: unknown, own: RequestContext) => {
        const result: ExecutionResult | null =
          typeof query === 'string' ? null : await query.query(event, own, variables)
        return result !== null && 'data' in result ? withGraphQLErrors(result) : run(event, own)
      }
      return begun(
        await createSourceEventStream({ ...asked, contextValue: context }),
        answer,
        context['stream'],
      )
    }
    if (typeof query === 'string' || (hasMany && !areGood(schema, operation, variables))) return run()

    const startedAt = performance.now()
    const result: ExecutionResult = await query.query(undefined, context, variables)
    // What took long is large, as a rule, and to write it as JSON takes about as long again: others go first.
    if (performance.now() - startedAt > LONG_MS) await nextTurn()
    // Without data nothing has run yet: what is wrong with the variables is said in graphql-js's words.
    if (!('data' in result)) return run()
    if (!(await areWritten(result.data, query.places))) return run()
    return withGraphQLErrors(result)
  }
}

/** Leaves the events of a subscription where whoever asked for it finds them. */
function begun(
  events: AsyncIterable<unknown> | ExecutionResult,
  answer: NonNullable<OperationStream['begun']>['answer'],
  stream: OperationStream | null,
): ExecutionResult {
  if (!(Symbol.asyncIterator in events)) return events
  if (stream === null) throw new Error('a subscription was begun that nobody can be told of')
  stream.begun = { events: events as AsyncGenerator<unknown>, answer }
  return { data: null }
}

function withGraphQLErrors(result: ExecutionResult): ExecutionResult {
  return result.errors === undefined
    ? result
    : { ...result, errors: result.errors.slice(0, MOST_ERRORS).map(asGraphQLError) }
}

/** Counts no further than it has to. */
function hasManyValues(variables: Record<string, unknown>): boolean {
  let left = MANY_VALUES
  const open: unknown[] = [variables]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    for (const one of Object.values(value)) {
      if (left-- === 0) return true
      if (typeof one === 'object') open.push(one)
    }
  }
  return false
}

function areGood(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): boolean {
  return getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 }).errors === undefined
}

/** Writes lists in their places. False where one holds what GraphQL has more to say of: graphql-js says it. */
async function areWritten(data: ExecutionResult['data'], places: Compiled['places']): Promise<boolean> {
  try {
    await writeLists(data ?? {}, places)
    return true
  } catch {
    return false
  }
}

/** A compiled query's errors lack `extensions`, on which Apollo Server counts. */
function asGraphQLError({ message, path, originalError, locations }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError })
  return Object.defineProperty(error, 'locations', { value: locations, enumerable: true })
}

function compiled(
  writing: ListWriting,
  document: DocumentNode,
  operationName: string | null,
): Compiled | 'PLAIN' {
  const length = document.loc?.source.body.length ?? 0
  if (length > GREATEST_LENGTH || weightOf(document) > GREATEST_WEIGHT) return 'PLAIN'
  const { schema, places } = writing.plan(document, operationName)
  const query = compileQuery(schema, document, operationName ?? undefined)
  return isCompiledQuery(query) ? { ...query, places, length } : 'PLAIN'
}

/**
 * The fields of a document once every fragment stands where it is used, each counted as often as it is deep: the code
 * that comes of a field names all fields above it.
 */
function weightOf(document: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet)
  }
  let weight = 0
  const add = (set: SelectionSetNode | undefined, depth: number): void => {
    for (const selection of set?.selections ?? []) {
      if (weight > GREATEST_WEIGHT) return
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        // Counted, for fragments in fragments can have no field for a long while.
        weight++
        add(fragments.get(selection.name.value), depth)
        continue
      }
      // Compiled queries make plain objects, in which this name is not a member like others.
      if (selection.kind === Kind.FIELD && selection.alias?.value === '__proto__') weight = Infinity
      if (selection.kind === Kind.FIELD) weight += depth
      add(selection.selectionSet, selection.kind === Kind.FIELD ? depth + 1 : depth)
    }
  }
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) add(definition.selectionSet, 1)
  return weight
}
