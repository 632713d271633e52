import { Extensions } from 'type-graphql'

/**
 * Of a field resolver: what it answers follows from the object alone, at once, as a plain member does. It may be
 * called with nothing but the object.
 */
export const Pure = () => Extensions({ isPure: true })

/** Whether the resolver of a field of the schema is Pure. */
export const isPure = ({ extensions }: { extensions: Readonly<Record<string, unknown>> }) =>
  extensions['isPure'] === true
