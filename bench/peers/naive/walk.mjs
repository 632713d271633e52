const ENDS = { UPSTREAM: ['downstreamId', 'upstreamId'], DOWNSTREAM: ['upstreamId', 'downstreamId'] }

/**
 * Breadth-first with a visited set; a query for the edges of each node and one for each neighbour. The nodes of a
 * level are asked for at once, not one after the other, so the pool's connections are used.
 */
export async function walk(prisma, rootId, direction, limit) {
  const [near, far] = ENDS[direction]
  const find = (id) => prisma.asset.findUnique({ where: { id }, include: { state: true } })
  const root = await find(rootId)
  if (root === null) throw new Error('no such asset')
  const assets = new Map([[rootId, root]])
  const nodes = []
  const edges = []
  let level = [root]
  for (let distance = 0; level.length > 0 && nodes.length < limit; distance++) {
    nodes.push(...level.map((asset) => ({ asset, distance })))
    const next = await Promise.all(
      level.map(async ({ id }) => {
        const found = await prisma.lineageEdge.findMany({ where: { [near]: id } })
        edges.push(...found)
        const fresh = found.map((edge) => edge[far]).filter((neighbourId) => !assets.has(neighbourId))
        // Marked before they are there, or two nodes of a level would both ask for a common neighbour.
        for (const neighbourId of fresh) assets.set(neighbourId, null)
        const neighbours = await Promise.all(fresh.map(find))
        for (const neighbour of neighbours) assets.set(neighbour.id, neighbour)
        return neighbours
      }),
    )
    level = next.flat()
  }
  return {
    nodes,
    edges: edges.map(({ upstreamId, downstreamId }) => ({
      upstream: assets.get(upstreamId),
      downstream: assets.get(downstreamId),
    })),
  }
}
