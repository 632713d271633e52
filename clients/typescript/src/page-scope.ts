/** As much of a browser's window as this package uses. */
interface PageScope extends EventTarget {
  document: object
  location: { href: string }
}

/** The page that this runs in; undefined outside of one. */
export function openPage(): PageScope | undefined {
  const scope: object = globalThis
  return isPage(scope) ? scope : undefined
}

function isPage(scope: object): scope is PageScope {
  return 'document' in scope && 'location' in scope && 'addEventListener' in scope
}
