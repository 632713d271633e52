import { openPage } from '../page-scope.js'

/** What to do before this program, or this page, is gone. */
export interface ExitHooks {
  /** Node has nothing left to do: there is time for what has to be awaited. */
  beforeExit(): void
  /** Node ends, and waits for nothing. */
  exit(): void
  /** The page is left; it may come back. */
  pageHide(): void
}

/** Arranges for what this runtime can tell. Answers with what undoes it. */
export function onExit({ beforeExit, exit, pageHide }: ExitHooks): () => void {
  const undo: (() => void)[] = []
  if (typeof process !== 'undefined' && typeof process.once === 'function') {
    process.once('beforeExit', beforeExit)
    process.once('exit', exit)
    undo.push(() => void process.off('beforeExit', beforeExit).off('exit', exit))
  }
  const page = openPage()
  if (page !== undefined) {
    page.addEventListener('pagehide', pageHide)
    undo.push(() => page.removeEventListener('pagehide', pageHide))
  }
  return () => {
    for (const one of undo) one()
  }
}
