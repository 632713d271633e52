const LAYERS = 20
const MEAN_FAN_IN = 2.5
const MOST_FAN_IN = 40

/** How many of the upstreams are in the layer just before; the others are in any earlier one. */
const NEAREST = 0.8

/** Place within a layer is drawn as u^SKEW: the fan-out of the i-th asset falls as i^(1/SKEW - 1), a heavy tail. */
const SKEW = 2

/**
 * A random DAG in layers. Assets are numbered from 0 on, layer by layer; every edge leads from a lower number to a
 * higher one.
 *
 * @param {import('./random.mjs').Random} random
 * @param {number} size the number of assets
 */
export function randomGraph(random, size) {
  const width = Math.ceil(size / LAYERS)
  const upstream = Array.from({ length: size }, () => new Set())
  const drawUpstream = (asset) => {
    const layer = Math.floor(asset / width)
    const from = random.next() < NEAREST ? layer - 1 : random.below(layer)
    return from * width + Math.floor(width * random.next() ** SKEW)
  }
  // Each asset behind the first layer has one upstream; the rest fall where they fall.
  for (let asset = width; asset < size; asset++) upstream[asset].add(drawUpstream(asset))
  let missing = Math.round(size * MEAN_FAN_IN) - (size - width)
  while (missing > 0) {
    const asset = width + random.below(size - width)
    const found = upstream[asset]
    const before = found.size
    if (before < MOST_FAN_IN) found.add(drawUpstream(asset))
    missing -= found.size - before
  }
  return {
    size,
    /** The first asset that has an upstream. */
    firstDerived: width,
    upstream: upstream.map((found) => [...found]),
    layerOf: (asset) => Math.floor(asset / width),
    keyOf: (asset) => `stage-${String(Math.floor(asset / width)).padStart(2, '0')}/dataset-${asset}`,
    drawUpstream,
  }
}

/** The number of assets upstream of one, itself included; counts no further than `most`. */
export function closureSize({ upstream }, root, most) {
  const seen = new Set([root])
  for (const asset of seen) {
    if (seen.size > most) break
    for (const next of upstream[asset]) seen.add(next)
  }
  return seen.size
}

/** The number of assets that a nested walk names, each as often as it names it. */
export function nestedSize({ upstream }, root, depth) {
  if (depth === 0) return 1
  return upstream[root].reduce((sum, next) => sum + nestedSize({ upstream }, next, depth - 1), 1)
}

/**
 * Assets whose size comes nearest to the one wanted, in a sample of the graph.
 *
 * @param {(asset: number) => number} sizeOf
 */
export function rootsOfSize(random, graph, wanted, count, sizeOf) {
  const sample = random.permutation(graph.size).subarray(0, 20_000)
  const near = []
  for (const asset of sample) {
    const size = sizeOf(asset)
    if (Math.abs(size - wanted) <= wanted * 0.15) near.push({ asset, size })
    if (near.length === count) return near
  }
  const all = [...sample].map((asset) => ({ asset, size: sizeOf(asset) }))
  return all.sort((a, b) => Math.abs(a.size - wanted) - Math.abs(b.size - wanted)).slice(0, count)
}
