/** The time that a question may take is over: it is answered with what has been found so far. */
export class TimeIsOver extends Error {
  override readonly name = 'TimeIsOver'
}

/** How long a question may go on. Long work asks between its steps, and ends with what it has. */
export class TimeLimit {
  readonly #endsAt: number

  /** `ms` from now on; Infinity for no limit. */
  constructor(private readonly ms: number) {
    this.#endsAt = performance.now() + ms
  }

  /** Half as long, from now on. */
  half(): TimeLimit {
    return new TimeLimit(this.ms / 2)
  }

  /** As long, from now on. */
  again(): TimeLimit {
    return new TimeLimit(this.ms)
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAt
  }

  /** Throws TimeIsOver. */
  check(): void {
    if (this.isOver) throw new TimeIsOver()
  }
}
