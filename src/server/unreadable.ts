import { maxHeaderSize, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { errorBody } from './errors.js'
import { type AnswersUnderWay, headTimeoutMs } from './listener.js'

/**
 * Answers what is no request, or does not come in time, in the form of every other error, where Node.js sends no body,
 * and closes the connection.
 */
export function answerUnreadable(answers: AnswersUnderWay, receiveTimeoutMs: number) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (socket.writable && !answers.haveBegunOn(socket)) socket.write(answerTo(error, receiveTimeoutMs))
    socket.destroy(error)
  }
}

function answerTo({ code }: NodeJS.ErrnoException, receiveTimeoutMs: number): string {
  const [status, message] = faultOf(code, receiveTimeoutMs)
  const body = JSON.stringify(errorBody('BAD_USER_INPUT', message))
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

function faultOf(code: string | undefined, receiveTimeoutMs: number): [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        408,
        `expected all of a request within ${receiveTimeoutMs} ms (HEADWATER_RECEIVE_TIMEOUT_MS), its head within ${headTimeoutMs(receiveTimeoutMs)} ms, got less`,
      ]
    case 'HPE_HEADER_OVERFLOW':
      return [431, `expected a head of at most ${maxHeaderSize} bytes, got more`]
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'expected chunks without extensions, got more of those than are read']
    default:
      return [400, 'expected a request as HTTP/1.1 has it, got another']
  }
}
