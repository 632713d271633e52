/** About how much memory the texts may take, in bytes. */
const MOST_BYTES = 32 * 2 ** 20

/** Longer texts, in characters, are written anew each time. */
const LONGEST = 2_000

/** What a text takes beside its characters, in bytes: roughly. */
const TEXT_BYTES = 100

/**
 * The JSON of objects that many answers share, as the rows of assets in memory are, by what is selected of them. A
 * text goes with its object; all go where they have come to take more than they may.
 */
export class KeptTexts {
  readonly #bySelection = new Map<string, WeakMap<object, string>>()
  #bytes = 0

  constructor(private readonly mostBytes: number = MOST_BYTES) {}

  /** The text of an object, as `write` has written it now or before. */
  of<Data extends object>(selection: string, object: Data, write: (object: Data) => string): string {
    let texts = this.#bySelection.get(selection)
    const known = texts?.get(object)
    if (known !== undefined) return known
    const text = write(object)
    if (text.length > LONGEST) return text

    this.#bytes += TEXT_BYTES + 2 * text.length
    if (this.#bytes > this.mostBytes) {
      this.#bySelection.clear()
      this.#bytes = 0
      texts = undefined
    }
    if (texts === undefined) {
      texts = new WeakMap()
      this.#bySelection.set(selection, texts)
    }
    texts.set(object, text)
    return text
  }
}
