/**
 * Everything that an asset leads to, itself included, with its distance; looks no further once there are more than
 * `most`.
 *
 * @param {number[][]} next what lies one hop from each asset
 * @param {number} root
 * @param {number} [most]
 * @returns {Map<number, number>}
 */
export function closureOf(next, root, most = Infinity) {
  const distances = new Map([[root, 0]])
  for (const [asset, distance] of distances) {
    if (distances.size > most) break
    for (const other of next[asset]) {
      if (!distances.has(other)) distances.set(other, distance + 1)
    }
  }
  return distances
}

/** The number of assets that a nested walk names, each as often as it names it. */
export function nestedSize(next, root, depth) {
  if (depth === 0) return 1
  return next[root].reduce((sum, other) => sum + nestedSize(next, other, depth - 1), 1)
}
