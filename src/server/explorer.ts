import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import express, { type RequestHandler, Router } from 'express'
import { PACKAGE_ROOT } from '../util/package-root.js'

const FOLDER = join(PACKAGE_ROOT, 'dist/explorer')

/** The addresses that the page knows; it works out by itself what to show there. */
const PAGES = ['/', '/asset', '/browse', '/column', '/dag-run', '/materialization']

/** Nothing from another host, no inline script, nothing that frames it; styles of this page's own libraries by a nonce. */
const policyWith = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** The page on which people look at lineage, with what belongs to it. */
export function explorerRoutes(): Router {
  const routes = Router()
  // Their names are made of what is in them.
  routes.use(
    '/assets',
    express.static(join(FOLDER, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  )
  routes.use(express.static(FOLDER, { index: false, maxAge: '1h' }))
  routes.get(PAGES, page())
  return routes
}

/** It is read once, when it is first asked for. */
function page(): RequestHandler {
  let text: Promise<string> | null = null
  return async (_request, response) => {
    text ??= readFile(join(FOLDER, 'index.html'), 'utf8')
    const nonce = randomBytes(16).toString('base64')
    response
      .set({
        'content-security-policy': policyWith(nonce),
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
      .type('html')
      .send((await text).replaceAll('{nonce}', nonce))
  }
}
