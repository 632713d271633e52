import { BoundedText } from './bounded-text.js'
import { connectionFailed, timedOut } from './faults.js'
import type { HttpAnswer, HttpRequest, Transport } from './transport.js'

type NodeHttp = typeof import('node:http')
type NodeHttps = typeof import('node:https')

interface NodeHttpModules {
  http: NodeHttp
  https: NodeHttps
}

/** Undefined where this is not Node, or a Node (before 20.16) that does not hand out its modules so. */
export function nodeTransport(): Transport | undefined {
  const modules = nodeHttpModules()
  if (modules === undefined) return undefined
  const { http, https } = modules
  // Idle connections do not keep a process alive.
  const agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  }
  return {
    send: (request) =>
      request.url.protocol === 'https:'
        ? post(https.request, agents.https, 'secureConnect', request)
        : post(http.request, agents.http, 'connect', request),
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** Asked for at run time, so that a bundler for browsers finds no import that it cannot resolve. */
function nodeHttpModules(): NodeHttpModules | undefined {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return undefined
  const http = process.getBuiltinModule('node:http')
  const https = process.getBuiltinModule('node:https')
  return http === undefined || https === undefined ? undefined : { http, https }
}

function post(
  open: NodeHttp['request'],
  agent: InstanceType<NodeHttp['Agent']>,
  connected: 'connect' | 'secureConnect',
  { url, headers, body, connectTimeoutMs, readTimeoutMs, signal }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const length = new TextEncoder().encode(body).byteLength
    const call = opened(url, () =>
      open(url, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': length },
        ...(signal === undefined ? {} : { signal }),
      }),
    )
    let timer = expire('connection', connectTimeoutMs)
    function expire(phase: 'connection' | 'answer', ms: number) {
      return setTimeout(() => fail(timedOut(url, phase, ms)), ms)
    }
    const fail = (error: unknown) => {
      clearTimeout(timer)
      reject(error)
      call.destroy()
    }
    const broke = (cause: unknown) => fail(signal?.aborted ? signal.reason : connectionFailed(url, cause))

    call.on('socket', (socket) => {
      const waitForAnswer = () => {
        clearTimeout(timer)
        timer = expire('answer', readTimeoutMs)
      }
      if (call.reusedSocket) waitForAnswer()
      else socket.once(connected, waitForAnswer)
    })
    call.on('error', broke)
    call.on('response', (response) => {
      const text = new BoundedText(url)
      response.on('data', (chunk: Uint8Array) => {
        timer.refresh()
        try {
          text.add(chunk)
        } catch (error) {
          fail(error)
        }
      })
      response.on('error', broke)
      response.on('end', () => {
        clearTimeout(timer)
        const header = (name: string) => [response.headers[name] ?? []].flat()[0] ?? null
        resolve({ status: response.statusCode ?? 0, text: text.end(), header })
      })
    })
    call.end(body)
  })
}

/** A header that HTTP does not take, or another protocol, is thrown at once. */
function opened<Call>(url: URL, open: () => Call): Call {
  try {
    return open()
  } catch (error) {
    throw connectionFailed(url, error)
  }
}
