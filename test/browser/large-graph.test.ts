import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { type ExplorerPage, openExplorer } from '../harness/explorer-page.js'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { startTestServer, type TestServer } from '../harness/server.js'

/** Layers of assets, each made from two or three near it in the layer before; all of them from the first. */
function layersOf(count: number, layers: number): KeyedEdge[] {
  const wide = Math.ceil((count - 1) / layers)
  const keyOf = (at: number) =>
    at === 0 ? `source-${count}` : `area-${Math.floor((8 * ((at - 1) % wide)) / wide)}/${count}-${at}`
  const edges: KeyedEdge[] = []
  for (let at = 1; at < count; at++) {
    const before = (at % 2 === 0 ? [0, 1] : [0, 3, 7]).map((by) => Math.max(1, at - wide - by))
    for (const one of at <= wide ? [0] : new Set(before)) edges.push([keyOf(one), keyOf(at)])
  }
  return edges
}

inBrowser('a large graph', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
    await seedGraph(server, [...layersOf(500, 10), ...layersOf(10_000, 20)])
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  /** How long it takes until a graph of so many assets can be walked in. */
  async function open({ page, untilDrawn }: ExplorerPage, count: number): Promise<number> {
    const begun = performance.now()
    await page.goto(`${server.url}/asset?key=source-${count}&direction=DOWNSTREAM&depth=100&limit=10000`)
    await untilDrawn(count)
    return performance.now() - begun
  }

  test('of 10,000 assets is walked, moved, searched and folded, and takes no longer than its size', async () => {
    await using explorer = await openExplorer(browser, server)
    explorer.context.setDefaultTimeout(60_000)
    const { page } = explorer
    await open(explorer, 500)
    const small = await open(explorer, 500)
    const large = await open(explorer, 10_000)
    // 20 times as many. Anything quadratic is far beyond.
    expect(large / small).toBeLessThan(20)
    await page.getByText('All of it: 10,000 assets.').waitFor()
    const stage = page.getByRole('application')
    await stage.focus()
    await page.keyboard.press('ArrowRight')
    await explorer.said(/^source-10000/)
    const before = await explorer.selectedBox()
    const frame = await stage.boundingBox()
    if (frame === null) throw new Error('there is no graph')
    await page.mouse.move(frame.x + 300, frame.y + 200)
    await page.mouse.down()
    await page.mouse.move(frame.x + 380, frame.y + 230, { steps: 8 })
    await page.mouse.up()
    expect((await explorer.selectedBox()).x - before.x).toBeCloseTo(80, 0)
    await page.keyboard.press('ArrowRight')
    await explorer.said(/^area-/)
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('radio', { name: 'First part of the key' }).click({ force: true })
    await page.keyboard.press('Escape')
    await explorer.untilDrawn(9)
    await explorer.expectNothingWrong()
  }, 180_000)

  test('of more assets than are asked for says how many there are, and goes on', async () => {
    await using explorer = await openExplorer(browser, server)
    explorer.context.setDefaultTimeout(30_000)
    const { page } = explorer
    await page.goto(`${server.url}/asset?key=source-10000&direction=DOWNSTREAM&depth=100`)
    await page.getByText('500 of 10,000 assets shown, and there is more').waitFor()
    await page.getByRole('button', { name: 'Continue to 2,000' }).click()
    await explorer.untilDrawn(2_000)
    await page.getByRole('tab', { name: 'List' }).click()
    await page.getByRole('heading', { name: '2 hops downstream' }).waitFor()
    expect(explorer.complaints).toEqual([])
  }, 90_000)
})
