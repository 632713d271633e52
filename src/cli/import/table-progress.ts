import { tell } from '../output.js'
import { startProgress } from '../progress.js'

/** Where there is no terminal, e.g. in a log. */
const LINE_EVERY_MS = 10_000

/** Shows how many rows of a table are done, of all. */
export interface TableProgress extends Disposable {
  advance(rows: number): void
}

/** `done`: by an earlier run. A bar in a terminal; elsewhere a line now and then, and one at the end. */
export function startTableProgress(table: string, done: number, total: number): TableProgress {
  const bar = startProgress(table, total)
  bar.advance(done)
  let rows = done
  let toldAt = Date.now()
  return {
    advance: (by) => {
      rows += by
      bar.advance(by)
      if (process.stderr.isTTY || Date.now() - toldAt < LINE_EVERY_MS) return
      toldAt = Date.now()
      tell(`${table}: ${rows} of ${total} rows`)
    },
    [Symbol.dispose]: () => {
      bar[Symbol.dispose]()
      tell(`${table}: ${rows} of ${total} rows`)
    },
  }
}
