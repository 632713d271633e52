import type { IncomingMessage, ServerResponse } from 'node:http'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { type Access, UNRESTRICTED } from '../../lineage/access/access.js'
import { demandAnywhere, demandEverywhere } from '../../lineage/access/demand.js'
import { describeError, errorBody, statusOfError } from '../errors.js'
import type { Logger } from '../logger.js'
import { answerUnread, type Step } from '../plain-http.js'
import { type Note, noteForLog } from '../request-log.js'
import { Refused } from './refused.js'

/** What tells by a token who calls, or why it does not count. */
export interface Authenticator {
  accessBy(token: string): Access | Refused | Promise<Access | Refused>
}

/** What the caller of a request may do that a guard has let pass. */
const accesses = new WeakMap<IncomingMessage, Access>()

/** What the caller of a request may do: nothing, where no guard has let it pass. */
export function accessOf(request: IncomingMessage): Access {
  const access = accesses.get(request)
  if (access === undefined) throw new Error(`no guard stands before ${request.url}`)
  return access
}

/** Lets pass who may do something somewhere, or everywhere. */
export interface Guards {
  /** Who may read, in some namespace at least. */
  readers: Step
  /** Who may record, in some namespace at least. */
  recorders: Step
  /** Who may read all there is: for what is told of all namespaces together. */
  readersOfAll: Step
}

/** Null where nobody is asked who they are. */
export function createGuards(authenticator: Authenticator | null, logger: Logger): Guards {
  const guard = (check: (access: Access) => void): Step =>
    authenticator === null ? letPass : asking(authenticator, check, logger)
  return {
    readers: guard((access) => demandAnywhere(access, 'READ')),
    recorders: guard((access) => demandAnywhere(access, 'RECORD')),
    readersOfAll: guard((access) => demandEverywhere(access, 'READ')),
  }
}

const letPass: Step = (request, _response, next) => {
  accesses.set(request, UNRESTRICTED)
  next()
}

function asking(authenticator: Authenticator, check: (access: Access) => void, logger: Logger): Step {
  return (request, response, next) => {
    const refused = (error: unknown) => refuse(error, request, response, logger)
    const note = (one: Note) => noteForLog(request, one)
    const admit = (shown: Access | Refused) => void accesses.set(request, admitted(shown, check, note))
    let access: Access | Refused | Promise<Access | Refused>
    try {
      access = shownBy(authenticator, request.headers.authorization, note)
      if (!(access instanceof Promise)) admit(access)
    } catch (error) {
      return refused(error)
    }
    if (!(access instanceof Promise)) return next()
    // What is behind must not be taken for a refusal.
    access.then(admit).then(() => next(), refused)
  }
}

/** Is told what the log is to say of who shows a token. */
export type NoteTaker = (note: Note) => void

/**
 * What the caller may do whose header this is. Throws UNAUTHENTICATED, and FORBIDDEN for who may read nothing.
 */
export async function readerBy(
  authenticator: Authenticator | null,
  authorization: string | undefined,
  note: NoteTaker,
): Promise<Access> {
  if (authenticator === null) return UNRESTRICTED
  const shown = await shownBy(authenticator, authorization, note)
  return admitted(shown, (access) => demandAnywhere(access, 'READ'), note)
}

function shownBy(
  authenticator: Authenticator,
  authorization: string | undefined,
  note: NoteTaker,
): Access | Refused | Promise<Access | Refused> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
  if (token !== undefined) return authenticator.accessBy(token)
  note({ refused: 'no token' })
  throw unauthenticated('expected a token (Authorization: Bearer …), got none')
}

function admitted(shown: Access | Refused, check: (access: Access) => void, note: NoteTaker): Access {
  if (shown instanceof Refused) {
    note({ refused: shown.why, ...(shown.caller === null ? {} : { caller: shown.caller }) })
    throw unauthenticated('expected a token that counts: this one is not valid, or no more')
  }
  note({ caller: shown.caller })
  check(shown)
  return shown
}

function unauthenticated(message: string): HeadwaterError {
  return new HeadwaterError('UNAUTHENTICATED', message)
}

function refuse(error: unknown, request: IncomingMessage, response: ServerResponse, logger: Logger): void {
  const { message, extensions } = describeError(error, logger)
  const { status, headers } = statusOfError(extensions.code)
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="headwater"' } : {}
  answerUnread(request, response, status, errorBody(extensions.code, message), { ...headers, ...challenge })
}
