import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'

/** The fields of an edge that take more than the graph. */
export const SIGHTINGS = ['firstSeenAt', 'lastSeenAt', 'materializationCount']

/**
 * Whether a client may want a field below the one that is being resolved: one of the last of `levels`, under one of the
 * level before, and so on. Looks into fragments; takes @skip and @include for a yes.
 */
export function selects(info: GraphQLResolveInfo, ...levels: readonly (readonly string[])[]): boolean {
  const holds = (
    set: SelectionSetNode | undefined,
    [names, ...below]: readonly (readonly string[])[],
  ): boolean =>
    names === undefined ||
    (set?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD)
        return names.includes(selection.name.value) && holds(selection.selectionSet, below)
      const within =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value]
      return holds(within?.selectionSet, [names, ...below])
    }) ??
      false)
  return info.fieldNodes.some(({ selectionSet }) => holds(selectionSet, levels))
}
