import { HeadwaterError } from '../../errors/headwater-error.js'
import { endsOf } from './ends-of.js'
import { ALL_NODES, NO_NODES, NodeSelection } from './node-selection.js'
import { type Ground, joined, reachFrom } from './reach-from.js'
import type { AssetCondition, StatusAtom } from './selection.js'
import { type Step, takesStatus } from './steps.js'

/** The most assets that a part of a selection may hold where they have to be listed. */
export const MOST_SELECTED = 1_000_000

/** The most assets of which one answer may ask whether they are stale. */
const MOST_JUDGED = 10_000

/** Of 16 bytes each, how many ids are looked up at once. */
const PIECE_BYTES = 16 * 20_000

/** What a selection takes that the graph does not know. */
export interface Known {
  /** The ids of the assets that fulfil each condition, 16 bytes each. */
  idsOf: ReadonlyMap<AssetCondition, Uint8Array>
  /** By asset id. */
  statusOf: ReadonlyMap<string, StatusAtom['status']>
}

/** Somebody has to find out which of these assets are stale; then the evaluation begins again. */
export class StatusesWanted extends Error {
  override readonly name = 'StatusesWanted'

  constructor(readonly assetIds: readonly string[]) {
    super()
  }
}

/**
 * The nodes that a selection selects. Sets are kept as they are said, as what is in them or what is not, and listed
 * where that is needed. Throws StatusesWanted, TimeIsOver, and QUERY_TOO_COMPLEX.
 */
export async function evaluate(ground: Ground, step: Step, known: Known): Promise<Int32Array> {
  return (await new Evaluation(ground, known).listed(step)).nodes
}

class Evaluation {
  constructor(
    private readonly ground: Ground,
    private readonly known: Known,
  ) {}

  async listed(step: Step): Promise<NodeSelection> {
    const selected = await this.#of(step, ALL_NODES)
    return selected.isComplement ? this.#all().then((all) => all.and(selected)) : selected
  }

  /** What is right of the nodes `within`; of others it may be wrong, since nobody asks. */
  async #of(step: Step, within: NodeSelection): Promise<NodeSelection> {
    await this.ground.pace.step()
    switch (step.is) {
      case 'matching':
        return this.#matching(this.known.idsOf.get(step.condition) ?? NO_IDS)
      case 'and':
        return this.#and(step.of, within)
      case 'or':
        return this.#or(step.of, within)
      case 'not':
        return (await this.#of(step.of, within)).inverse
      case 'status':
        return this.#withStatus(step.status, within)
      case 'reach':
        return this.#reach(await this.listed(step.of), step)
      case 'roots':
        return endsOf(this.ground, await this.listed(step.of), 'UPSTREAM')
      case 'sinks':
        return endsOf(this.ground, await this.listed(step.of), 'DOWNSTREAM')
    }
  }

  async #matching(ids: Uint8Array): Promise<NodeSelection> {
    const nodes: Int32Array[] = []
    for (let at = 0; at < ids.length; at += PIECE_BYTES) {
      await this.ground.pace.step()
      nodes.push(await this.ground.graph.nodesAt(ids.subarray(at, at + PIECE_BYTES)))
    }
    return new NodeSelection(joined(nodes))
  }

  /** What asks for statuses comes last, and asks only of what the rest has left. */
  async #and(steps: readonly Step[], within: NodeSelection): Promise<NodeSelection> {
    let left = within
    let both = ALL_NODES
    for (const step of [...steps.filter((one) => !takesStatus(one)), ...steps.filter(takesStatus)]) {
      const selected = await this.#of(step, left)
      both = both.and(selected)
      left = left.and(selected)
    }
    return both
  }

  async #or(steps: readonly Step[], within: NodeSelection): Promise<NodeSelection> {
    let either = NO_NODES
    for (const step of steps) either = either.or(await this.#of(step, within))
    return either
  }

  async #reach(from: NodeSelection, { up, down }: { up: number; down: number }): Promise<NodeSelection> {
    const above = await reachFrom(this.ground, from.nodes, 'UPSTREAM', up)
    const below = await reachFrom(this.ground, from.nodes, 'DOWNSTREAM', down)
    return from.or(new NodeSelection(above)).or(new NodeSelection(below))
  }

  async #withStatus(status: StatusAtom['status'], within: NodeSelection): Promise<NodeSelection> {
    const { graph } = this.ground
    const judged = within.isComplement ? (await this.#all()).and(within).nodes : within.nodes
    if (judged.length > MOST_JUDGED) {
      throw new HeadwaterError(
        'QUERY_TOO_COMPLEX',
        `selection: expected status: to be asked of no more than ${MOST_JUDGED} assets, got ${judged.length}: narrow it, e.g. \`namespace:… and status:${status}\``,
      )
    }
    const assetIds = graph.idsOf(judged)
    const wanted = assetIds.filter((id) => !this.known.statusOf.has(id))
    if (wanted.length > 0) throw new StatusesWanted(wanted)
    return new NodeSelection(
      judged.filter((_, place) => this.known.statusOf.get(assetIds[place] ?? '') === status),
    )
  }

  async #all(): Promise<NodeSelection> {
    const nodes = await this.ground.graph.allNodes(MOST_SELECTED + 1, null)
    checkSelected(nodes.length)
    return new NodeSelection(nodes)
  }
}

/** Throws QUERY_TOO_COMPLEX. */
export function checkSelected(count: number): void {
  if (count > MOST_SELECTED) {
    throw new HeadwaterError(
      'QUERY_TOO_COMPLEX',
      `selection: expected no part of it to hold more than ${MOST_SELECTED} assets: narrow it, e.g. by \`namespace:\``,
    )
  }
}

const NO_IDS = new Uint8Array(0)
