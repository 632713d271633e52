const STORED = 'headwater-token'

/** Whether the server knows who looks at this page. */
export interface Session {
  /** As long as this tab is open; null where nobody has signed in. */
  readonly token: string | null
  /** Whether the server has asked for a token, or for another one. */
  readonly isAsked: boolean
}

let session: Session = { token: sessionStorage.getItem(STORED), isAsked: false }
const listeners = new Set<() => void>()

function become(next: Session): void {
  session = next
  for (const listener of listeners) listener()
}

/** For `useSyncExternalStore`. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The present one. */
export function currentSession(): Session {
  return session
}

/** From now on every request shows this token. */
export function signIn(token: string): void {
  sessionStorage.setItem(STORED, token)
  become({ token, isAsked: false })
}

/** Forgets the token. */
export function signOut(): void {
  sessionStorage.removeItem(STORED)
  become({ token: null, isAsked: true })
}

/** `fetch` of the server that this page came from, with the token. Where that does not do, it is asked for. */
export async function sessionFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { token } = session
  const headers = new Headers(init.headers)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(input, { ...init, headers })
  // What was asked with an earlier token says nothing of this one.
  if (response.status === 401 && token === session.token && !session.isAsked)
    become({ ...session, isAsked: true })
  return response
}
