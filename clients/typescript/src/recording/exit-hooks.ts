import { openPage } from '../page-scope.js'

/** What to do before this program, or this page, is gone. */
export interface ExitHooks {
  /** Node has nothing left to do: there is time for what has to be awaited. Called again where that gave it more to do. */
  beforeExit(): void
  /** Node ends, and waits for nothing. */
  exit(): void
  /** The page is left; it may come back. */
  pageHide(): void
}

/** Of all recorders: one listener an event serves any number, where Node warns of more than ten. */
const hooks = new Set<ExitHooks>()

const beforeExit = () => each((one) => one.beforeExit())
const exit = () => each((one) => one.exit())
const pageHide = () => each((one) => one.pageHide())

/** Arranges for what this runtime can tell. Answers with what undoes it. */
export function onExit(own: ExitHooks): () => void {
  if (hooks.size === 0) listen()
  hooks.add(own)
  return () => {
    if (hooks.delete(own) && hooks.size === 0) stopListening()
  }
}

function each(call: (one: ExitHooks) => void): void {
  // A copy: what is called may undo itself.
  for (const one of [...hooks]) call(one)
}

function listen(): void {
  if (isNode()) process.on('beforeExit', beforeExit).on('exit', exit)
  openPage()?.addEventListener('pagehide', pageHide)
}

function stopListening(): void {
  if (isNode()) process.off('beforeExit', beforeExit).off('exit', exit)
  openPage()?.removeEventListener('pagehide', pageHide)
}

function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.on === 'function'
}
