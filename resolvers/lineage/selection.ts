import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'

/**
 * Whether a client may want a field below the one that is being resolved: one of `names`, under one of `parents`.
 * Looks into fragments; takes @skip and @include for a yes.
 */
export function selects(
  info: GraphQLResolveInfo,
  parents: readonly string[],
  names: readonly string[],
): boolean {
  const holds = (
    set: SelectionSetNode | undefined,
    test: (name: string, below?: SelectionSetNode) => boolean,
  ): boolean =>
    set?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return test(selection.name.value, selection.selectionSet)
      const within =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value]
      return holds(within?.selectionSet, test)
    }) ?? false
  return info.fieldNodes.some(({ selectionSet }) =>
    holds(
      selectionSet,
      (parent, below) => parents.includes(parent) && holds(below, (name) => names.includes(name)),
    ),
  )
}
