import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { clear, countRows } from '../harness/dump.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const CLIENT = join(dirname(dirname(import.meta.dirname)), 'clients/typescript/dist')

/** A site that has the client as plain modules, and hands on to a server what is asked of /graphql. */
interface Site extends AsyncDisposable {
  url: string
  /** The number of requests that have been handed on. */
  readonly handedOn: number
  /** Until one more request has been handed on and answered. */
  untilHandedOn(): Promise<unknown>
}

async function startSite(target: string, ignoredRequests = 0): Promise<Site> {
  let ignored = 0
  let handedOn = 0
  const site = createServer(async (request, response) => {
    if (request.url === '/graphql') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      // Left without an answer: whoever sent it goes away before there is one.
      if (ignored++ < ignoredRequests) return
      const answer = await fetch(`${target}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      })
      const body = await answer.text()
      handedOn++
      site.emit('handed on')
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
    } else if (request.url?.endsWith('.js')) {
      const source = await readFile(join(CLIENT, request.url))
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(source)
    } else {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>site</title>')
    }
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  return {
    url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
    get handedOn() {
      return handedOn
    },
    untilHandedOn: () => once(site, 'handed on'),
    [Symbol.asyncDispose]: async () => {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}

inBrowser('the client in a page', () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
  })
  beforeEach(() => clear(server))
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('records, walks and computes versions, from plain modules', async () => {
    await using site = await startSite(server.url)
    const page = await browser.newPage()
    await page.goto(site.url)
    const seen = await page.evaluate(`(async () => {
      const { AssetTracker, LineageClient } = await import('/index.js')
      const client = new LineageClient({ url: '/' })
      const tracker = new AssetTracker({ client, onError: 'raise' })
      const payloadBytes = new TextEncoder().encode('Invoice 42')
      const version = await AssetTracker.computeAssetVersion({ payloadBytes, codeFingerprint: 'git:abcd1234' })
      await tracker.recordMaterializations({
        jobId: 'j', assets: [{ assetKey: 'claims', version }], upstreamAssets: [['text']],
      })
      const { nodes } = await client.wholeLineage({ root: 'text', direction: 'DOWNSTREAM' })
      const unknown = await client.lineage({ root: 'nobody', direction: 'BOTH' }).catch(({ code }) => code)
      return { version, keys: nodes.map(({ asset }) => asset.key), unknown }
    })()`)
    expect(seen).toEqual({
      // printf 'Invoice 42git:abcd1234' | sha256sum
      version: 'v:sha256:624f0a324deb675ad1c1a2f154a6442d1887b5f8da8e0832d6d66bc954c32a91',
      keys: ['text', 'claims'],
      unknown: 'ASSET_NOT_FOUND',
    })
  })

  test('sends what is queued when the page is left', async () => {
    await using site = await startSite(server.url, 1)
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.evaluate(`(async () => {
      const { BackgroundRecorder, LineageClient } = await import('/index.js')
      globalThis.recorder = new BackgroundRecorder(new LineageClient({ url: '/' }))
      for (let at = 0; at < 3; at++) await recorder.record({ jobId: 'j', assets: [{ key: 'key-' + at }] })
    })()`)
    const delivered = site.untilHandedOn()
    await page.goto('about:blank')
    await delivered
    expect(site.handedOn).toBe(1)
    expect(await countRows(server)).toMatchObject({ materializations: 3, recordings: 3 })
  })
})
