import { createGround } from './ground/ground.mjs'

/** What scenarios have in common: the grounds, made when they are first asked for, and how thorough to be. */
export class Bench {
  /** The sizes of all grounds so far, in the order in which they were made. */
  graphs = []
  #grounds = new Map()
  #parts

  /**
   * @param {object} parts
   * @param {string} parts.postgresUrl
   * @param {ReturnType<import('./options.mjs').readOptions>} parts.options
   * @param {import('./undo.mjs').Undo} parts.undo
   * @param {(what: string) => void} parts.say
   */
  constructor(parts) {
    this.#parts = parts
    this.seed = parts.options.seed
    this.effort = parts.options.effort
    this.postgresUrl = parts.postgresUrl
  }

  /** A number of assets, or what this run has where that is less. */
  smaller(assets) {
    return Math.min(assets, this.#parts.options.assets)
  }

  /** The ground that most scenarios stand on. */
  main() {
    return this.ground(this.#parts.options.assets)
  }

  /**
   * A ground with so many assets.
   *
   * @param {number} assets
   * @returns {Promise<import('./ground/ground.mjs').Ground>}
   */
  ground(assets) {
    const known = this.#grounds.get(assets) ?? this.#make(assets)
    this.#grounds.set(assets, known)
    return known
  }

  async #make(assets) {
    const { postgresUrl, undo, say } = this.#parts
    const what = `seeding ${assets.toLocaleString('en-US')} assets`
    say(what)
    const onProgress = (done) => say(`${what}: ${Math.round(100 * done)} %`)
    const ground = await createGround({ postgresUrl, assets, seed: this.seed, undo, onProgress })
    this.graphs.push({ assets, edges: edgesOf(ground.graph) })
    return ground
  }

  /** Does away with all grounds but the main one: what is measured next has the machine to itself. */
  async leaveMainAlone() {
    for (const [assets, ground] of this.#grounds) {
      if (assets === this.#parts.options.assets) continue
      this.#grounds.delete(assets)
      await (await ground).dispose()
    }
  }
}

function edgesOf({ upstream }) {
  return upstream.reduce((sum, { length }) => sum + length, 0)
}
