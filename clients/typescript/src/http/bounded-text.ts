import { HeadwaterError } from '../errors.js'

/** The largest answer that is read: far more than a server gives, and half of what a string can hold. */
const MOST_MIB = 256
const MOST_BYTES = MOST_MIB * 1024 * 1024

/** Gathers the text of an answer, which a server may never end. */
export class BoundedText {
  readonly #decoder = new TextDecoder()
  #bytes = 0
  #text = ''

  constructor(private readonly url: URL) {}

  /** Throws UNEXPECTED_ANSWER where it is more than 256 MiB. */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength
    if (this.#bytes > MOST_BYTES) {
      const { origin, pathname } = this.url
      throw new HeadwaterError(
        'UNEXPECTED_ANSWER',
        `${origin}${pathname} answered with more than ${MOST_MIB} MiB, not as Headwater does`,
      )
    }
    this.#text += this.#decoder.decode(chunk, { stream: true })
  }

  /** All of it, once nothing comes any more. */
  end(): string {
    return this.#text + this.#decoder.decode()
  }
}
