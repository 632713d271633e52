/**
 * A line of the table: what Headwater did, and beside whom.
 *
 * @typedef {object} Finding
 * @property {string} what
 * @property {number | null} connections
 * @property {string} figure
 * @property {number} ours
 * @property {{ name: string, theirs: number } | null} peer
 * @property {number} value what a target judges: with a peer, how many times as good as it we are
 * @property {import('./target.mjs').Target | null} target
 */

/** @param {Finding[]} findings */
export function missedTargets(findings) {
  return findings.filter(({ target, value }) => target !== null && !target.isMet(value)).map(missOf)
}

function missOf({ what, connections, figure, peer, value, target }) {
  const circumstances = [what, figure]
  if (connections !== null) circumstances.push(`${connections} clients`)
  if (peer !== null) circumstances.push(`against ${peer.name}`)
  return `target missed: ${circumstances.join(', ')}: expected ${target.text}, got ${target.say(value)}`
}
