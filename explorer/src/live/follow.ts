import type { TypedDocument } from '../../../clients/typescript/src/index.js'
import { sessionFetch } from '../session/session.js'
import { reportState } from './live-state.js'
import { readAnswers } from './read-answers.js'

/** A stream in which nothing has come for so long, in ms, is dead: the server says something every 12 seconds. */
const SILENCE_MS = 30_000
/** So long, in ms, is waited before the first and the last try to connect again. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 30_000]
/** A connection that has lasted so long, in ms, was a good one. */
const STEADY_MS = 10_000
/** What a server, or what is in front of it, answers with while it is away. */
const AWAY = [429, 500, 502, 503, 504]

/** What is followed, and who is told. */
export interface Following<Data, Variables> {
  document: TypedDocument<Data, Variables>
  /** What it is asked with, each time anew. */
  variables: () => Variables
  /** The server listens: what happens from now on, or from what `variables` said, will be told. */
  onOpen: () => void
  onData: (data: Data) => void
  /** Something has come, be it only a sign of life. */
  onHeard?: () => void
  /** The server does not take what was asked: whether there is something else to ask. */
  onUnfit?: () => boolean
}

/** Why a connection is over: it broke off; the server does not take what was asked; there are no subscriptions for us. */
type End = 'cut' | 'unfit' | 'refused'

/**
 * Follows a subscription until what it returns is called: over cuts, and only while somebody looks, since a browser has six
 * connections to a server for all its tabs. Where the server refuses, that is the end of it.
 */
export function follow<Data, Variables>(following: Following<Data, Variables>): () => void {
  const stopping = new AbortController()
  void keepFollowing(following, stopping.signal)
  return () => stopping.abort()
}

async function keepFollowing<Data, Variables>(
  following: Following<Data, Variables>,
  stop: AbortSignal,
): Promise<void> {
  const stream = {}
  let [failures, wasLive, openedAt] = [0, false, Number.POSITIVE_INFINITY]
  reportState(stream, 'off')
  while (!stop.aborted) {
    await untilSeen(stop)
    if (stop.aborted) break
    const opened = {
      ...following,
      onOpen: () => {
        ;[wasLive, openedAt] = [true, performance.now()]
        reportState(stream, 'live')
        following.onOpen()
      },
    }
    const end = await connect(opened, stop)
    if (stop.aborted) break
    if (performance.now() - openedAt > STEADY_MS) failures = 0
    openedAt = Number.POSITIVE_INFINITY
    // Nobody looks, so nobody waits.
    if (document.hidden) continue
    if (end === 'refused' || (end === 'unfit' && following.onUnfit?.() !== true)) break
    if (wasLive) reportState(stream, 'reconnecting')
    await pause(failures++, stop)
  }
  reportState(stream, null)
}

/** One connection, from its beginning to its end. */
async function connect<Data, Variables>(
  { document: query, variables, onOpen, onData, onHeard }: Following<Data, Variables>,
  stop: AbortSignal,
): Promise<End> {
  const connection = new AbortController()
  const abort = () => connection.abort()
  const hide = () => document.hidden && abort()
  stop.addEventListener('abort', abort)
  document.addEventListener('visibilitychange', hide)
  let silence = setTimeout(abort, SILENCE_MS)
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(abort, SILENCE_MS)
    onHeard?.()
  }
  try {
    const response = await sessionFetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables: variables() }),
      signal: connection.signal,
    })
    if (!response.ok) return AWAY.includes(response.status) ? 'cut' : 'refused'
    if (
      response.body === null ||
      response.headers.get('content-type')?.startsWith('text/event-stream') !== true
    )
      return 'refused'
    onOpen()
    heard()
    for await (const { data, errors } of readAnswers<Data>(response.body, heard)) {
      if (connection.signal.aborted) return 'cut'
      if (data != null) onData(data)
      else return endOf(errors?.[0]?.extensions)
    }
    return 'cut'
  } catch {
    // Whatever it was, it is tried again.
    return 'cut'
  } finally {
    clearTimeout(silence)
    abort()
    stop.removeEventListener('abort', abort)
    document.removeEventListener('visibilitychange', hide)
  }
}

function endOf(error: { code?: string; retryable?: boolean } | undefined): End {
  if (error?.code === 'BAD_USER_INPUT') return 'unfit'
  return error?.code === 'SERVICE_UNAVAILABLE' && error.retryable !== false ? 'cut' : 'refused'
}

function untilSeen(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !stop.aborted) return
      document.removeEventListener('visibilitychange', look)
      stop.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    stop.addEventListener('abort', look)
    look()
  })
}

/** Longer after each failure, and not the same for all who were cut off at once; no longer than until the network is back. */
function pause(failures: number, stop: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      window.removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2))
    stop.addEventListener('abort', done)
    window.addEventListener('online', done)
  })
}
