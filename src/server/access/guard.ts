import type { IncomingMessage, ServerResponse } from 'node:http'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { type Access, UNRESTRICTED } from '../../lineage/access/access.js'
import { demandAnywhere, demandEverywhere } from '../../lineage/access/demand.js'
import { describeError, errorBody, statusOfError } from '../errors.js'
import type { Logger } from '../logger.js'
import { answerUnread, type Step } from '../plain-http.js'

/** What tells by a token who calls; null where it does not count. */
export interface Authenticator {
  accessBy(token: string): Access | null | Promise<Access | null>
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
    const admit = (access: Access | null) => {
      if (access === null) throw unauthenticated(NOT_VALID)
      check(access)
      accesses.set(request, access)
    }
    let access: Access | null | Promise<Access | null>
    try {
      access = authenticator.accessBy(bearerOf(request.headers.authorization))
      if (!(access instanceof Promise)) admit(access)
    } catch (error) {
      return refused(error)
    }
    if (!(access instanceof Promise)) return next()
    // What is behind must not be taken for a refusal.
    access.then(admit).then(() => next(), refused)
  }
}

/** What the caller may do whose header this is. Throws UNAUTHENTICATED, and FORBIDDEN for who may read nothing. */
export async function readerBy(
  authenticator: Authenticator | null,
  authorization: string | undefined,
): Promise<Access> {
  if (authenticator === null) return UNRESTRICTED
  const access = await authenticator.accessBy(bearerOf(authorization))
  if (access === null) throw unauthenticated(NOT_VALID)
  demandAnywhere(access, 'READ')
  return access
}

const NOT_VALID = 'expected a token that counts: this one is not valid, or no more'

function bearerOf(authorization: string | undefined): string {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
  if (token === undefined) throw unauthenticated('expected a token (Authorization: Bearer …), got none')
  return token
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
