/** Why a request got no answer. */
export interface ConnectionFault {
  reason: string
  /**
   * `passing`: another attempt may succeed. `absent`: nothing listens there, so waiting helps only if something did
   * before. `lasting`: no attempt will, e.g. where a certificate is refused.
   */
  kind: 'passing' | 'absent' | 'lasting'
}

const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND'])
const PASSING = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** Reads what `fetch` throws. Undefined for what is no fault of the connection. */
export function connectionFaultOf(error: unknown): ConnectionFault | undefined {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { reason: 'no answer in time', kind: 'passing' }
  }
  // `fetch failed` says nothing; its cause does.
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return undefined
  const { cause } = error
  const code = 'code' in cause ? String(cause.code) : cause.message
  return { reason: code, kind: ABSENT.has(code) ? 'absent' : PASSING.has(code) ? 'passing' : 'lasting' }
}
