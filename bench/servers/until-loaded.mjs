/**
 * Resolves when a server has in memory what it answers from. Now it holds nothing between requests, so there is nothing
 * to wait for.
 *
 * @param {string} _url where it answers
 */
export async function untilLoaded(_url) {}
