import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from './address.js'
import { AssetPage } from './asset/AssetPage.js'
import { readAssetSearch, readWalk } from './asset/search.js'
import type { ColumnWalk } from './column/queries.js'
import { HomePage } from './home/HomePage.js'
import { Shell } from './shell/Shell.js'
import { Sentence } from './ui/Sentence.js'

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Sentence title="There is no such page">Search for an asset above.</Sentence>,
})

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage })

const asset = createRoute({
  getParentRoute: () => root,
  path: '/asset',
  component: AssetPage,
  validateSearch: readAssetSearch,
})

const materialization = createRoute({
  getParentRoute: () => root,
  path: '/materialization',
  component: lazyRouteComponent(
    () => import('./materialization/MaterializationPage.js'),
    'MaterializationPage',
  ),
  validateSearch: ({ id }: Record<string, unknown>) => ({ id: String(id ?? '') }),
})

const dagRun = createRoute({
  getParentRoute: () => root,
  path: '/dag-run',
  component: lazyRouteComponent(() => import('./dag-run/DagRunPage.js'), 'DagRunPage'),
  validateSearch: ({ dagId }: Record<string, unknown>) => ({ dagId: String(dagId ?? '') }),
})

const column = createRoute({
  getParentRoute: () => root,
  path: '/column',
  component: lazyRouteComponent(() => import('./column/ColumnPage.js'), 'ColumnPage'),
  validateSearch: (search: Record<string, unknown>): ColumnWalk => ({
    ...readWalk(search),
    column: String(search['column'] ?? ''),
    includeIndirect: search['includeIndirect'] !== false,
  }),
})

const browse = createRoute({
  getParentRoute: () => root,
  path: '/browse',
  component: lazyRouteComponent(() => import('./browse/BrowsePage.js'), 'BrowsePage'),
  validateSearch: ({ selection }: Record<string, unknown>) => ({ selection: String(selection ?? '') }),
})

/** The pages by their addresses. */
export const router = createRouter({
  routeTree: root.addChildren([home, asset, materialization, dagRun, column, browse]),
  parseSearch,
  stringifySearch,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
