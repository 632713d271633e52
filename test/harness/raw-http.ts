import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection on which requests are written byte for byte. */
export async function openConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** The head of a request. */
export function headOf(line: string, headers: Record<string, string | number> = {}): string {
  const fields = Object.entries({ host: 'localhost', 'content-type': 'application/json', ...headers })
  return `${line} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** What comes next, to the end of the head of an answer and as much of the body as it says. */
export async function nextAnswer(socket: Socket): Promise<string> {
  let text = ''
  socket.resume()
  while (!isWhole(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString('latin1')
  }
  // What comes from here on is for whoever reads next.
  socket.pause()
  return text
}

/** All that comes until the server closes the connection; throws where it is reset. */
export async function untilClosed(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

function isWhole(text: string): boolean {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  return rest.length > 0 && rest.join('\r\n\r\n').length >= length
}
