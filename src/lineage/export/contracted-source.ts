import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Hiding } from '../walk/contracted-links.js'
import { searchOverHidden } from '../walk/contraction.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { LinkSource } from './placed-links.js'

/** Hiding a node with many neighbours on both sides connects all of the one with all of the other. */
const MOST_CONTRACTED = 5_000_000

/** How many nodes are asked for in a step. */
const STEP = 10_000

/**
 * The links of a graph of which some nodes are hidden, and what they connect stays connected. Throws QUERY_TOO_COMPLEX
 * where that is too much.
 */
export function contractedSource(
  graph: GraphReader,
  { scope, hiddenOf, way, field }: Omit<Hiding, 'time'>,
): LinkSource {
  let contracted = 0
  return {
    way,
    find: async (nodes, onLink, pace) => {
      const neighbours = new Map<number, Int32Array>()
      const hidden = new Set<number>()
      let frontier: readonly number[] = nodes
      while (frontier.length > 0) {
        const met = new Set<number>()
        for (let at = 0; at < frontier.length; at += STEP) {
          const chunk = frontier.slice(at, at + STEP)
          const lists = await graph.neighboursOf(chunk, way, scope)
          for (const [place, node] of chunk.entries()) {
            const list = lists[place] ?? NOTHING
            neighbours.set(node, list)
            for (const far of list) if (!neighbours.has(far)) met.add(far)
          }
          await pace.pause()
        }
        const found = await hiddenOf(Int32Array.from(met))
        for (const node of found) hidden.add(node)
        frontier = [...found].filter((node) => !neighbours.has(node))
      }
      for (const [at, node] of nodes.entries()) {
        await searchOverHidden(node, {
          neighboursOf: (one) => neighbours.get(one) ?? NOTHING,
          isHidden: (one) => hidden.has(one),
          pace,
          onEnd: ({ end, passed }) => {
            if (passed > 0 && ++contracted > MOST_CONTRACTED) throw tooMuch(field)
            onLink(at, end, passed)
          },
        })
      }
    },
  }
}

function tooMuch(field: string): HeadwaterError {
  return new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `${field}: what it hides connects assets by more than ${MOST_CONTRACTED} edges; show more of them`,
  )
}

const NOTHING = new Int32Array(0)
