import pg from 'pg'
import { migrate } from '../servers/server-process.mjs'
import { SERVERS } from '../servers/servers.mjs'
import { Undo } from '../undo.mjs'
import { createDatabase, withClient } from './database.mjs'
import { randomGraph } from './graph.mjs'
import { Random } from './random.mjs'
import { seed } from './seed.mjs'

/** As many connections as each server has. */
const CONNECTIONS = 10

/** A graph, the database that holds it, and the servers that run on that. */
export class Ground {
  #servers = new Map()
  #undo = new Undo()
  #pool

  /** @param {{ graph: ReturnType<typeof randomGraph>, url: string, drop: () => Promise<unknown> }} parts */
  constructor({ graph, url, drop }) {
    this.graph = graph
    this.url = url
    this.#undo.add(drop)
  }

  /** Stops the servers, then drops the database. */
  dispose() {
    return this.#undo.run()
  }

  /**
   * The server of this name; started when it is first asked for.
   *
   * @param {keyof typeof SERVERS} name
   * @returns {Promise<import('../servers/server-process.mjs').Server>}
   */
  server(name) {
    const known = this.#servers.get(name) ?? this.#start(name)
    this.#servers.set(name, known)
    return known
  }

  async #start(name) {
    const server = await SERVERS[name](this.url)
    this.#undo.add(server.stop)
    return server
  }

  /** Connections of this process's own. */
  pool() {
    if (this.#pool === undefined) {
      const pool = new pg.Pool({ connectionString: this.url, max: CONNECTIONS })
      // The end of the database ends idle connections; what is under way hears of it by itself.
      pool.on('error', () => undefined)
      this.#undo.add(() => pool.end())
      this.#pool = pool
    }
    return this.#pool
  }
}

/**
 * @param {object} parts
 * @param {string} parts.postgresUrl
 * @param {number} parts.assets
 * @param {number} parts.seed
 * @param {import('../undo.mjs').Undo} parts.undo
 * @param {(done: number) => void} parts.onProgress
 */
export async function createGround({ postgresUrl, assets, seed: number, undo, onProgress }) {
  const graph = randomGraph(new Random(number), assets)
  const { url, drop } = await createDatabase(postgresUrl)
  const ground = new Ground({ graph, url, drop })
  undo.add(() => ground.dispose())
  await migrate(url)
  await withClient(url, (client) => seed(client, graph, onProgress))
  return ground
}
