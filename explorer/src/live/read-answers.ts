/** What a GraphQL subscription answers with, each time. */
export interface Answer<Data> {
  data?: Data | null
  errors?: { message: string; extensions?: { code?: string; retryable?: boolean } }[]
}

/**
 * The answers of an event stream, until it says that there are no more; throws where it is cut off before. `onHeard` is
 * told of whatever comes, of what says nothing too. See https://html.spec.whatwg.org/#event-stream-interpretation.
 */
export async function* readAnswers<Data>(
  body: ReadableStream<Uint8Array>,
  onHeard: () => void,
): AsyncGenerator<Answer<Data>> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let [left, name, data] = ['', '', '']
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error('the event stream was cut off')
    onHeard()
    const lines = (left + value).split('\n')
    left = lines.pop() ?? ''
    for (const line of lines.map((one) => one.replace(/\r$/, ''))) {
      if (line === '') {
        if (name === 'complete') return
        if (name === 'next') yield JSON.parse(data) as Answer<Data>
        ;[name, data] = ['', '']
      } else if (line.startsWith('event:')) name = line.slice(6).trim()
      else if (line.startsWith('data:')) data += line.slice(5)
    }
  }
}
