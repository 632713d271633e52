import { defineConfig } from 'vite'

/** The page goes beside the server's own code, which serves it. Nothing is inlined: its CSP allows no inline script. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/explorer',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  esbuild: { jsx: 'automatic' },
  // While the page is worked on: `npx vite explorer`, beside a server at its usual place.
  server: { proxy: { '/graphql': 'http://127.0.0.1:4000', '/export': 'http://127.0.0.1:4000' } },
})
