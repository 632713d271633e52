import { Random } from './random.mjs'

/** How many assets are looked at. */
const SAMPLE = 20_000

/** How far from the size wanted will do, as a part of it. */
const TOLERANCE = 0.15

/**
 * Assets whose size comes nearest to the one wanted, in a sample of the graph.
 *
 * @param {ReturnType<import('./graph.mjs').randomGraph>} graph
 * @param {object} search
 * @param {number} search.seed
 * @param {number} search.wanted
 * @param {number} search.count how many assets
 * @param {number} [search.most] the greatest size that will do
 * @param {(asset: number) => number} sizeOf
 * @returns {{ asset: number, size: number }[]}
 */
export function rootsOfSize(graph, { seed, wanted, count, most = Infinity }, sizeOf) {
  const sample = new Random(seed + 1).permutation(graph.size).subarray(0, SAMPLE)
  const near = []
  const others = []
  for (const asset of sample) {
    const size = sizeOf(asset)
    if (size > most) continue
    if (Math.abs(size - wanted) <= wanted * TOLERANCE) near.push({ asset, size })
    else others.push({ asset, size })
    if (near.length === count) return near
  }
  return [...near, ...others]
    .sort((a, b) => Math.abs(a.size - wanted) - Math.abs(b.size - wanted))
    .slice(0, count)
}

/** The sizes of some roots, in words. */
export function rangeOf(roots) {
  const sizes = roots.map(({ size }) => size)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)].map((size) => size.toLocaleString('en-US'))
  return least === most ? `${least} nodes` : `${least} to ${most} nodes`
}
