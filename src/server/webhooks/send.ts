import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { signedHeaders } from '../../lineage/webhooks/signature.js'
import type { Attempt, ClaimedDelivery } from '../../store/webhook-store.js'
import { VERSION } from '../../util/package-root.js'
import { type Address, addressesOf, type Resolve } from './addresses.js'

/** How deliveries are sent. */
export interface SendOptions {
  /** For everything: finding the address, connecting, sending, and the whole answer. */
  timeoutMs: number
  /** Hosts that are allowed though their addresses be not public: names, or names with ports. */
  allowedHosts: readonly string[]
  resolve?: Resolve
}

/** What has come of sending. */
export interface Sent extends Attempt {
  /** As the receiver has said it. */
  retryAfter: string | undefined
}

/** How much of an answer is read, and how much of it is kept: in bytes. */
const MOST_READ = 64 * 1024
const MOST_KEPT = 1_024

const resolveName: Resolve = (hostname) => lookup(hostname, { all: true })

/** Sends a delivery once. Never throws: what goes wrong is the outcome. */
export async function send(
  { deliveryId, url, secret, payload }: Pick<ClaimedDelivery, 'deliveryId' | 'url' | 'secret' | 'payload'>,
  { timeoutMs, allowedHosts, resolve = resolveName }: SendOptions,
  stopping?: AbortSignal,
): Promise<Sent> {
  const body = JSON.stringify(payload)
  const target = new URL(url)
  const late = AbortSignal.timeout(timeoutMs)
  const signal = stopping === undefined ? late : AbortSignal.any([late, stopping])
  try {
    const addresses = await unlessOver(addressesOf(target, allowedHosts, resolve), signal)
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': `headwater/${VERSION}`,
      connection: 'close',
      ...signedHeaders(secret, deliveryId, new Date(), body),
    }
    // Whatever becomes of the connection, this ends in time.
    const answer = post(target, { headers, signal, lookup: pinnedTo(addresses) }, body)
    return await unlessOver(answer, signal)
  } catch (error) {
    const message = late.aborted ? `no whole answer within ${timeoutMs} ms` : messageOf(error)
    return { status: null, error: message, response: null, retryAfter: undefined }
  }
}

function post(
  url: URL,
  options: Pick<RequestOptions, 'headers' | 'signal' | 'lookup'>,
  body: string,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp
    // No agent: a connection that was kept would go where its address was judged before.
    const request = start(url, { ...options, method: 'POST', agent: false }, (response) => {
      read(response).then((answer) => resolve(sentBy(response, answer)), reject)
    })
    // To another protocol: of that Node.js tells nobody who does not listen for it.
    request.once('upgrade', ({ statusCode }, socket) => {
      socket.destroy()
      reject(new Error(`answered with ${statusCode}, another protocol`))
    })
    request.once('error', reject)
    request.end(body)
  })
}

/** As much as is looked at; what comes behind that is not waited for. Throws where the answer breaks off before. */
async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop ends the connection.
    if (length >= MOST_READ) break
  }
  return Buffer.concat(chunks)
}

function sentBy({ statusCode = 0, headers }: IncomingMessage, answer: Buffer): Sent {
  return {
    status: statusCode,
    error: errorOf(statusCode),
    response: answer.length === 0 ? null : textOf(answer.subarray(0, MOST_KEPT)),
    retryAfter: headers['retry-after'],
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return `answered with ${status}: redirects are not followed`
  return `answered with ${status}`
}

/** PostgreSQL keeps no U+0000. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '\uFFFD')
}

/** Whatever name is asked for: these addresses, which have been judged. */
function pinnedTo(addresses: readonly Address[]): NonNullable<RequestOptions['lookup']> {
  return (_hostname, options, callback) => {
    const [first] = addresses
    const found: LookupAddress[] = [...addresses]
    if (options.all === true) callback(null, found)
    else callback(null, first?.address ?? '', first?.family)
  }
}

function unlessOver<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message.slice(0, 1_000) : String(error)
}
