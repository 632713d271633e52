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

/** How many objects a field asks for, by what it was given. */
type Size = number | { variable: string; otherwise: number }

/** A field that costs something, with those in it. */
interface Step {
  path: string
  /** For each object around it; null for as many as the page around it has, with which they are counted. */
  size: Size | null
  /** Whether `size` is that of the lists in it. */
  isPage: boolean
  steps: Step[]
}

/** What an operation costs, but for its variables. */
export interface CostPlan {
  steps: Step[]
  /** All, at whatever depth. */
  stepCount: number
}

/**
 * The objects that an operation may answer with. A field with `first` or `limit` costs that, a field with one object 1,
 * for each object around it, of which there are never more than lists of one answer may hold. What @skip and @include
 * leave out counts.
 */
export function costOf({ steps }: CostPlan, variables: Variables): Cost {
  const cost: Cost = { total: 0, most: { path: '', cost: 0 } }
  const add = ({ path, size, isPage, steps: below }: Step, objects: number, pageSize: number): void => {
    const each = size === null ? pageSize : numberOf(size, variables)
    const count = Math.min(objects * each, MOST_OBJECTS)
    if (size !== null) {
      cost.total += count
      if (count > cost.most.cost) cost.most = { path, cost: count }
    }
    for (const step of below) add(step, isPage ? objects : count, each)
  }
  for (const step of steps) add(step, 1, 1)
  return cost
}

function numberOf(size: Size, variables: Variables): number {
  if (typeof size === 'number') return size
  const given = Object.hasOwn(variables, size.variable) ? variables[size.variable] : undefined
  // What is no number, or out of bounds, is refused with words of its own.
  return typeof given === 'number' ? Math.max(0, given) : size.otherwise
}

/** What a valid operation costs, but for its variables. */
export function planCost(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: FragmentsByName,
): CostPlan {
  const plan: CostPlan = { steps: [], stepCount: 0 }
  const type = schema.getRootType(operation.operation)
  const defaults = new Map(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  )
  if (type != null)
    plan.steps = stepsOf({ schema, fragments, defaults, plan }, operation.selectionSet, {
      type,
      path: '',
      isPage: false,
    })
  return plan
}

interface Planning {
  schema: GraphQLSchema
  fragments: FragmentsByName
  /** Of variables. */
  defaults: ReadonlyMap<string, ValueNode | undefined>
  plan: CostPlan
}

/** Where fields are asked for. */
interface Place {
  type: GraphQLCompositeType
  path: string
  isPage: boolean
}

function stepsOf(planning: Planning, { selections }: SelectionSetNode, place: Place): Step[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return stepOf(planning, selection, place) ?? []
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : planning.fragments.get(selection.name.value)
    if (fragment === undefined) return []
    const condition = fragment.typeCondition && planning.schema.getType(fragment.typeCondition.name.value)
    const type = isCompositeType(condition) ? condition : place.type
    return stepsOf(planning, fragment.selectionSet, { ...place, type })
  })
}

/** Plain values cost nothing; nor do fields of introspection, which are none of the type. */
function stepOf(
  planning: Planning,
  node: FieldNode,
  { type: parent, path: above, isPage }: Place,
): Step | null {
  const field =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
  if (field === undefined || node.selectionSet === undefined) return null
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return null
  planning.plan.stepCount++
  const name = (node.alias ?? node.name).value
  const path = above === '' ? name : `${above}.${name}`
  const isList = isListType(getNullableType(field.type))
  const asked = sizeOf(planning, field, node)
  const ownPage = asked !== null && !isList
  return {
    path,
    size: asked ?? (isList ? (isPage ? null : SHORT_LIST) : 1),
    isPage: ownPage,
    steps: stepsOf(planning, node.selectionSet, { type, path, isPage: ownPage }),
  }
}

/** What a field asks for by its arguments; null where it has no such. */
function sizeOf(planning: Planning, field: GraphQLField<unknown, unknown>, node: FieldNode): Size | null {
  const has = (name: string) => field.args.some((argument) => argument.name === name)
  if (has('first')) return given(planning, node, 'first', DEFAULT_PAGE_SIZE)
  if (has('limit')) return given(planning, node, 'limit', DEFAULT_LIMITS[field.name] ?? DEFAULT_WALK_LIMIT)
  return UNLIMITED_WALKS[field.name] ?? null
}

function given({ defaults }: Planning, node: FieldNode, argument: string, otherwise: number): Size {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value
  if (value?.kind !== Kind.VARIABLE) return numberIn(value) ?? otherwise
  const variable = value.name.value
  return { variable, otherwise: numberIn(defaults.get(variable)) ?? otherwise }
}

function numberIn(value: ValueNode | undefined): number | undefined {
  return value?.kind === Kind.INT ? Math.max(0, Number(value.value)) : undefined
}
