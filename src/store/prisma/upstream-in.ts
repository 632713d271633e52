import type { GraphReader } from '../../lineage/walk/graph-reader.js'
import { nearest } from '../../lineage/walk/nearest.js'
import type { Database } from './database.js'
import { SqlGraphReader } from './graph-reader.js'
import type { LiveGraph } from './live-graph.js'
import type { FindUpstream } from './slice-reader.js'

/** What is nearest upstream, by the graph in this process where it serves. */
export function upstreamIn(live: LiveGraph, database: Database): FindUpstream {
  return async (session, assetIds, count) => {
    const upstream = (graph: GraphReader) => nearest(graph, assetIds, 'UPSTREAM', count)
    return (await live.read(upstream, null, database))?.value ?? upstream(new SqlGraphReader(session))
  }
}
