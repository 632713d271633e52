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

/** The other way round: the downstreams of each asset. */
export function downstreamOf({ upstream }) {
  const downstream = upstream.map(() => [])
  for (const [asset, others] of upstream.entries()) for (const other of others) downstream[other].push(asset)
  return downstream
}
