import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { MOST_OBJECTS } from '../../loaders/object-budget.js'
import { DEFAULT_PATHS } from '../../use-cases/find-paths.js'
import { DEFAULT_PAGE_SIZE } from '../../use-cases/pages.js'
import { DEFAULT_WALK_LIMIT, LARGEST_WALK } from '../../use-cases/walk-lineage.js'
import type { FragmentsByName } from './shape.js'

/** Values of variables as they came: not yet known to be what the operation says of them. */
export type Variables = Readonly<Record<string, unknown>>

/** What an operation costs at most, and the field that costs most of it by itself. */
export interface Cost {
  total: number
  most: { path: string; cost: number }
}

/** What an unbounded list counts as: most are short, and what they may hold is bounded when they are read. */
const SHORT_LIST = 10

/** What has a `limit` of its own counts as where none is given: 500, but for these. */
const DEFAULT_LIMITS: Readonly<Record<string, number>> = {
  lineageDiff: LARGEST_WALK,
  lineagePaths: DEFAULT_PATHS,
}

/** What walks without a limit counts as. */
const UNLIMITED_WALKS: Readonly<Record<string, number>> = {
  lineageSummary: LARGEST_WALK,
  impact: SHORT_LIST,
}

interface Asked {
  schema: GraphQLSchema
  fragments: FragmentsByName
  /** The value of an argument, where it is a number. */
  numberOf: (node: FieldNode, argument: string) => number | undefined
  /** Counts what a field costs by itself. */
  add: (path: string, cost: number) => void
}

/** One place where fields are asked for. */
interface Place {
  type: GraphQLCompositeType
  path: string
  /** How many objects there are of it. */
  objects: number
  /** Of a page, how many items its lists have, which are counted with it. */
  pageSize: number | null
}

/**
 * The objects that an operation may answer with. A field with `first` or `limit` costs that, a field with one object 1,
 * for each object around it, of which there are never more than lists of one answer may hold. What @skip and @include
 * leave out counts.
 */
export function costOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: FragmentsByName,
  variables: Variables,
): Cost {
  const byPath = new Map<string, number>()
  const root = schema.getRootType(operation.operation)
  const asked: Asked = {
    schema,
    fragments,
    numberOf: numbersOf(operation, variables),
    add: (path, cost) => void byPath.set(path, (byPath.get(path) ?? 0) + cost),
  }
  if (root != null)
    countFields(asked, operation.selectionSet, { type: root, path: '', objects: 1, pageSize: null })
  const cost: Cost = { total: 0, most: { path: '', cost: 0 } }
  for (const [path, own] of byPath) {
    cost.total += own
    if (own > cost.most.cost) cost.most = { path, cost: own }
  }
  return cost
}

function countFields(asked: Asked, { selections }: SelectionSetNode, place: Place): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      countField(asked, selection, place)
      continue
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : asked.fragments.get(selection.name.value)
    if (fragment === undefined) continue
    const condition = fragment.typeCondition && asked.schema.getType(fragment.typeCondition.name.value)
    const type = isCompositeType(condition) ? condition : place.type
    countFields(asked, fragment.selectionSet, { ...place, type })
  }
}

/** Fields of introspection are none of the type, and cost nothing. */
function countField(
  asked: Asked,
  node: FieldNode,
  { type: parent, path: above, objects, pageSize }: Place,
): void {
  const field =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
  if (field === undefined || node.selectionSet === undefined) return
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return
  const name = (node.alias ?? node.name).value
  const path = above === '' ? name : `${above}.${name}`
  const isList = isListType(getNullableType(field.type))
  const size = sizeOf(asked, field, node)
  const each = size ?? (isList ? (pageSize ?? SHORT_LIST) : 1)
  const count = Math.min(objects * each, MOST_OBJECTS)
  const isCounted = size === null && isList && pageSize !== null
  if (!isCounted) asked.add(path, count)
  const isPage = size !== null && !isList
  countFields(asked, node.selectionSet, {
    type,
    path,
    objects: isPage ? objects : count,
    pageSize: isPage ? size : null,
  })
}

/** How many objects a field asks for by its arguments; null where it has no such. */
function sizeOf(asked: Asked, field: GraphQLField<unknown, unknown>, node: FieldNode): number | null {
  const has = (name: string) => field.args.some((argument) => argument.name === name)
  if (has('first')) return asked.numberOf(node, 'first') ?? DEFAULT_PAGE_SIZE
  if (has('limit')) return asked.numberOf(node, 'limit') ?? DEFAULT_LIMITS[field.name] ?? DEFAULT_WALK_LIMIT
  return UNLIMITED_WALKS[field.name] ?? null
}

function numbersOf(operation: OperationDefinitionNode, variables: Variables): Asked['numberOf'] {
  const defaults = new Map<string, ValueNode | undefined>(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  )
  const numberOf = (value: ValueNode | undefined): number | undefined => {
    if (value?.kind === Kind.INT) return Number(value.value)
    if (value?.kind !== Kind.VARIABLE) return undefined
    const name = value.name.value
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (given === undefined) return numberOf(defaults.get(name))
    return typeof given === 'number' ? given : undefined
  }
  return (node, argument) => {
    const number = numberOf(node.arguments?.find(({ name }) => name.value === argument)?.value)
    // What is out of bounds is refused with words of its own.
    return number === undefined ? undefined : Math.max(0, number)
  }
}
