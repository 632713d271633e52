import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql'

/** The fragments of a document, by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** Where a document asks for a field of an object. */
export interface SelectedField {
  node: FieldNode
  /** Whether @skip, @include or whatever other directive there is decides if this asks for it. */
  isConditional: boolean
}

/** Selections of one object, some perhaps under a condition. */
interface ConditionalSelection {
  set: SelectionSetNode | undefined
  isConditional: boolean
}

/**
 * What a document asks of an object of this type, by the names in the answer and in their order: as
 * [CollectFields](https://spec.graphql.org/October2021/#CollectFields()) has it, for all variables at once.
 */
export function selectedFields(
  schema: GraphQLSchema,
  fragments: Fragments,
  type: GraphQLObjectType,
  selections: readonly ConditionalSelection[],
): Map<string, SelectedField[]> {
  const fields = new Map<string, SelectedField[]>()
  const visited = new Set<string>()

  const collect = ({ set, isConditional }: ConditionalSelection): void => {
    for (const selection of set?.selections ?? []) {
      const isUnder = isConditional || (selection.directives ?? []).length > 0
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value
        const field = { node: selection, isConditional: isUnder }
        const known = fields.get(name)
        if (known === undefined) fields.set(name, [field])
        else known.push(field)
        continue
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value
        if (visited.has(name)) continue
        // What a condition has left out counts where the fragment comes next.
        if (!isUnder) visited.add(name)
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (fragment !== undefined && isAbout(schema, type, fragment.typeCondition))
        collect({ set: fragment.selectionSet, isConditional: isUnder })
    }
  }
  for (const selection of selections) collect(selection)
  return fields
}

/** What is asked of the objects that a field answers with. */
export function selectionsOf(selected: readonly SelectedField[]): ConditionalSelection[] {
  return selected.map(({ node: { selectionSet: set }, isConditional }) => ({ set, isConditional }))
}

/** Whether a fragment on this is one on objects of the type: on itself, an interface or a union. */
function isAbout(schema: GraphQLSchema, type: GraphQLObjectType, condition: TypeNode | undefined): boolean {
  if (condition?.kind !== Kind.NAMED_TYPE || condition.name.value === type.name) return true
  const other = schema.getType(condition.name.value)
  return isAbstractType(other) && schema.isSubType(other, type)
}
