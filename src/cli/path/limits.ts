/** The most paths that one answer holds. */
export const LARGEST_LIMIT = 1_000
