import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** How a client is set up. */
export interface PythonOptions {
  isZipped?: boolean
}

/** What a server answered. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * Sends events byte for byte as openlineage-python 1.40 does, over requests 2.34: these headers in this order, the body
 * in a write of its own, one connection for all.
 */
export class PythonRequests implements Disposable {
  readonly #url: URL
  #socket: Socket | null = null

  constructor(
    url: string,
    private readonly options: PythonOptions = {},
  ) {
    this.#url = new URL(url)
  }

  /** Whether the server has left the connection open. */
  get isOpen(): boolean {
    return this.#socket?.readyState === 'open'
  }

  async post(event: unknown): Promise<RawAnswer> {
    const socket = await this.#connected()
    const answer = readAnswer(socket)
    this.#send(socket, this.#bodyOf(event))
    return answer
  }

  /** The same, but that the connection breaks before an answer has come; with `share` of the body sent, 1 for all. */
  async postAndBreak(event: unknown, share: number): Promise<void> {
    const socket = await this.#connected()
    const body = this.#bodyOf(event)
    this.#send(socket, body, Math.floor(body.length * share))
    await new Promise<void>((sent) => socket.end(sent))
    socket.destroy()
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy()
  }

  #bodyOf(event: unknown): Buffer {
    const text = JSON.stringify(event)
    return this.options.isZipped === true ? gzipSync(text, { level: 3 }) : Buffer.from(text)
  }

  #send(socket: Socket, body: Buffer, bytes = body.length): void {
    const head = [
      'POST /api/v1/lineage HTTP/1.1',
      `Host: ${this.#url.host}`,
      'User-Agent: python-requests/2.34.2',
      'Accept-Encoding: gzip, deflate',
      'Accept: */*',
      'Connection: keep-alive',
      'Content-Type: application/json',
      'Authorization: Bearer secret',
      ...(this.options.isZipped === true ? ['Content-Encoding: gzip'] : []),
      `Content-Length: ${body.length}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.write(body.subarray(0, bytes))
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== null && this.isOpen) return this.#socket
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    this.#socket = socket
    return socket
  }
}

/** Reads an answer whose length its head says. */
function readAnswer(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (bytes: Buffer) => {
      text += bytes.toString('latin1')
      const [head = '', body] = splitAt(text, '\r\n\r\n')
      if (body === undefined) return
      const [line = '', ...fields] = head.split('\r\n')
      const headers = Object.fromEntries(
        fields
          .map((field) => splitAt(field, ': '))
          .map(([name = '', value = '']) => [name.toLowerCase(), value]),
      )
      if (body.length < Number(headers['content-length'])) return
      socket.off('data', read)
      resolve({ status: Number(line.split(' ')[1]), headers, body })
    }
    socket.on('data', read)
    socket.once('close', () => reject(new Error(`the connection was closed after: ${text}`)))
  })
}

function splitAt(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
