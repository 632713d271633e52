/** What is to be undone at the end, however the end comes. */
export class Undo {
  #steps = []

  /** @param {() => unknown} step */
  add(step) {
    this.#steps.push(step)
  }

  /** The last first; each once, and each even where another fails. */
  async run() {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        process.stderr.write(`while tidying up: ${error.message}\n`)
      }
    }
  }

  /** Also when the process is asked to end, or fails where nobody waits. */
  coverProcess() {
    const leave = () => void this.run().finally(() => process.exit(1))
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, leave)
    process.once('uncaughtException', (error) => {
      process.stderr.write(`\n${error.stack}\n`)
      leave()
    })
  }
}
