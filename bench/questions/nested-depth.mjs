/** How many levels a nested walk goes down from its root. */
export const NESTED_DEPTH = 5
