import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { AssetPage } from './asset/AssetPage.js'
import { readAssetSearch } from './asset/search.js'
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

/** The pages by their addresses. */
export const router = createRouter({ routeTree: root.addChildren([home, asset]) })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
