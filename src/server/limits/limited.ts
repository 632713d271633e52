import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import type { RequestContext } from '../../context.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { RequestEnd } from '../../store/request-end.js'
import type { Executor } from '../compiled-queries.js'
import type { Config } from '../config.js'
import { type CostPlan, costOf, planCost, type Variables } from './cost.js'
import { checkShape } from './shape.js'
import type { Walks } from './walks.js'

type Limits = Pick<Config, 'query' | 'requestTimeoutMs'>

/** What walks the graph as far as it goes, on whatever type it stands. */
const WALKS = new Set([
  'columnLineage',
  'lineage',
  'lineageCycles',
  'lineageDiff',
  'lineageOfSelection',
  'lineagePaths',
  'lineageSummary',
  'unusedEdges',
])

/** What is known of an operation before its variables are. */
interface Known {
  /** Of the document's text. */
  length: number
  cost: CostPlan
  /** How many fields of it walk. */
  walks: number
  refusal: HeadwaterError | null
}

/**
 * How much is kept of what is known of the operations used last, in steps of costs: about 15 MB of these. With an
 * operation its document is kept, which takes as much as a step every few characters.
 */
const MOST_STEPS = 100_000
const CHARACTERS_A_STEP = 4

/** Runs valid operations by `run`, those that keep to the limits. */
export function limited(schema: GraphQLSchema, run: Executor, walks: Walks, limits: Limits): Executor {
  const knownOf = new LRUCache<OperationDefinitionNode, Known>({
    maxSize: MOST_STEPS,
    sizeCalculation: ({ cost, length }) => 10 + cost.stepCount + Math.ceil(length / CHARACTERS_A_STEP),
  })

  return async (request) => {
    const { document, operationName } = request
    const operation = getOperationAST(document, operationName)
    if (operation == null) return run(request)
    const { stream } = request.context as RequestContext
    if (operation.operation === OperationTypeNode.SUBSCRIPTION && stream === null)
      return refused(noRoomForEvents())
    if (operation.operation === OperationTypeNode.MUTATION && stream?.mayWrite === false)
      return refused(new HeadwaterError('BAD_USER_INPUT', 'expected a mutation by POST, got one by GET'))
    let known = knownOf.get(operation)
    if (known === undefined) {
      known = lookAt(schema, document, operation, limits)
      knownOf.set(operation, known)
    }
    try {
      if (known.refusal !== null) throw known.refusal
      checkCost(known.cost, request.request.variables ?? {}, limits.query.cost)
      const { walks: count } = known
      const underWay = <T>(work: () => T | Promise<T>) => {
        const done = walks.begin(count)
        return Promise.resolve(work()).finally(done)
      }
      const timely = <T>(work: () => T | Promise<T>, end: RequestEnd) =>
        withinTime(underWay(work), end, limits.requestTimeoutMs)
      if (operation.operation === OperationTypeNode.MUTATION) return await underWay(() => run(request))
      const answer = await timely(() => run(request), request.context.end)
      if (stream?.begun != null) {
        const { events, answer: answerOne } = stream.begun
        stream.begun = { events, answer: (event, own) => timely(() => answerOne(event, own), own.end) }
      }
      return answer
    } catch (error) {
      if (!(error instanceof HeadwaterError)) throw error
      return refused(error)
    }
  }
}

function refused(error: HeadwaterError): { errors: GraphQLError[] } {
  return { errors: [new GraphQLError(error.message, { originalError: error })] }
}

function noRoomForEvents(): HeadwaterError {
  return new HeadwaterError(
    'BAD_USER_INPUT',
    'expected a query or a mutation, got a subscription: send it over a websocket (graphql-transport-ws), or ask for it as text/event-stream',
  )
}

function lookAt(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: Limits,
): Known {
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((one) => [one.name.value, one]),
  )
  let walks = 0
  visit(document, { Field: ({ name }) => void (WALKS.has(name.value) && walks++) })
  const refusal = refusalOf(() => checkShape(operation, fragments, limits.query))
  const cost = refusal === null ? planCost(schema, operation, fragments) : { steps: [], stepCount: 0 }
  return { length: document.loc?.source.body.length ?? 0, cost, walks, refusal }
}

function refusalOf(check: () => void): HeadwaterError | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof HeadwaterError) return error
    throw error
  }
}

function checkCost(plan: CostPlan, variables: Variables, bound: number): void {
  const { total, most } = costOf(plan, variables)
  if (total <= bound) return
  throw new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `expected a query that costs at most ${bound} (HEADWATER_QUERY_COST), got ${total}, of it ${most.cost} for ${most.path}: ask for a smaller first or limit, or for fewer levels`,
  )
}

/**
 * Throws SERVICE_UNAVAILABLE where it takes longer: not to be tried again, for it would take as long, and as much of the
 * server. What is read for it then ends; nobody waits for that.
 */
async function withinTime<T>(running: Promise<T>, end: RequestEnd, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new HeadwaterError(
          'SERVICE_UNAVAILABLE',
          `expected an answer within ${ms} ms (HEADWATER_REQUEST_TIMEOUT_MS), got none: ask for less, or raise that`,
          { isRetryable: false },
        ),
      )
      end.come()
    }, ms)
  })
  try {
    return await Promise.race([running, over])
  } finally {
    clearTimeout(timer)
  }
}
