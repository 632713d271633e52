import { HeadwaterError } from '../errors.js'

/** The longest event that is taken, in characters: far more than a server sends, and half of what a string can hold. */
const MOST_CHARACTERS = 256 * 1024 * 1024

/** What a server has sent: an event, or a comment, which says only that it is there. */
export type Sent = { kind: 'event'; type: string; data: string } | { kind: 'comment' }

/** Reads a stream of server-sent events, of the HTML standard (9.2.6), as far as GraphQL over SSE has them. */
export class EventStreamParser {
  readonly #decoder = new TextDecoder()
  /** The beginning of a line whose end has not come. */
  #pieces: string[] = []
  #type = ''
  #data: string[] = []
  #length = 0

  /** What is complete with these bytes. Throws UNEXPECTED_ANSWER where an event gets too long. */
  push(bytes: Uint8Array): Sent[] {
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#length += text.length
    if (this.#length > MOST_CHARACTERS)
      throw new HeadwaterError('UNEXPECTED_ANSWER', 'an event is too long to be one of Headwater')
    const [first = '', ...lines] = text.split('\n')
    this.#pieces.push(first)
    return lines.flatMap((next) => {
      const line = this.#pieces.join('')
      this.#pieces = [next]
      return this.#take(line.endsWith('\r') ? line.slice(0, -1) : line) ?? []
    })
  }

  #take(line: string): Sent | null {
    if (line.startsWith(':')) return { kind: 'comment' }
    if (line !== '') {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
      if (name === 'event') this.#type = value
      else if (name === 'data') this.#data.push(value)
      return null
    }
    const [type, data] = [this.#type, this.#data]
    this.#type = ''
    this.#data = []
    this.#length = 0
    return type === '' && data.length === 0 ? null : { kind: 'event', type, data: data.join('\n') }
  }
}
