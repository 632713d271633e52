import { SingleBar } from 'cli-progress'

/** Shows on standard error how far something is, where that is a terminal. */
export interface Progress extends Disposable {
  advance(by: number): void
}

/** `what`: the word in front, e.g. `recording`. */
export function startProgress(what: string, total: number): Progress {
  if (!process.stderr.isTTY || total === 0) {
    return { advance: () => undefined, [Symbol.dispose]: () => undefined }
  }
  const bar = new SingleBar({
    format: `${what} {bar} {value} of {total} · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: process.stderr,
    clearOnComplete: true,
    // It would catch the first Ctrl-C to stop the bar, and let the program run on.
    gracefulExit: false,
  })
  bar.start(total, 0)
  return { advance: (by) => bar.increment(by), [Symbol.dispose]: () => bar.stop() }
}
