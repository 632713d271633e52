import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { AssetPage } from './asset/AssetPage.js'
import { HomePage } from './home/HomePage.js'
import { Shell } from './shell/Shell.js'
import { Sentence } from './ui/Sentence.js'

/** What the address of an asset's page says: everything that it shows. */
export interface AssetSearch {
  namespace: string
  key: string
  direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'
  depth: number
}

const DIRECTIONS = ['UPSTREAM', 'DOWNSTREAM', 'BOTH'] as const
const MOST_DEPTH = 100

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Sentence title="There is no such page">Search for an asset above.</Sentence>,
})

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage })

const asset = createRoute({
  getParentRoute: () => root,
  path: '/asset',
  component: AssetPage,
  validateSearch: ({ namespace, key, direction, depth }: Record<string, unknown>): AssetSearch => ({
    namespace: typeof namespace === 'string' ? namespace : 'default',
    key: String(key ?? ''),
    direction: DIRECTIONS.find((one) => one === direction) ?? 'BOTH',
    depth: typeof depth === 'number' && depth >= 1 ? Math.min(Math.floor(depth), MOST_DEPTH) : 2,
  }),
})

/** The pages by their addresses. */
export const router = createRouter({ routeTree: root.addChildren([home, asset]) })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
