declare const types: unique symbol

/** The text of one GraphQL operation, with the types of its answer and its variables, which are gone at run time. */
export type TypedDocument<Data, Variables> = string & { readonly [types]?: (variables: Variables) => Data }
