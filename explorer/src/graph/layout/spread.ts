/**
 * The places in order, at least `gaps[at]` behind the one before, that are nearest to those wanted by least squares: isotonic
 * regression by pooling adjacent violators (Ayer et al. 1955), of the wanted places less the gaps before them.
 */
export function spread(wanted: readonly number[], gaps: readonly number[]): number[] {
  const offsets: number[] = []
  let offset = 0
  for (const [at] of wanted.entries()) {
    if (at > 0) offset += gaps[at] ?? 0
    offsets.push(offset)
  }
  const pools: { sum: number; size: number }[] = []
  for (const [at, place] of wanted.entries()) {
    let pool = { sum: place - (offsets[at] ?? 0), size: 1 }
    for (let last = pools.at(-1); last && last.sum / last.size >= pool.sum / pool.size; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, size: pool.size + last.size }
      pools.pop()
    }
    pools.push(pool)
  }
  return pools
    .flatMap(({ sum, size }) => Array.from({ length: size }, () => sum / size))
    .map((place, at) => place + (offsets[at] ?? 0))
}
