/** The most assets that one answer holds. */
export const LARGEST_LIMIT = 10_000
