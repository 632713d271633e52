import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { createTestDatabase } from '../harness/database.js'
import { openExplorer } from '../harness/explorer-page.js'
import { make, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { freePort } from '../harness/server-process.js'

const isLive = (page: Page) => page.getByText('live', { exact: true }).waitFor()

/** What a browser does with a tab that somebody leaves, or comes back to. */
const hide = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (hidden ? 'hidden' : 'visible'),
    })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }, isHidden)

/** How often a page asks for something, from now on. */
function countOf(page: Page, operation: string) {
  const count = { asked: 0 }
  page.on('request', (request) => {
    if (request.postData()?.includes(operation)) count.asked++
  })
  return count
}

inBrowser('the explorer follows', () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('what is made: its card pulses, its page and marks tell of it, and what is new stands beside', async () => {
    await make(server, 'live/raw', { version: 'raw-1' })
    const mid = (version: string) =>
      record(server, { assets: [{ key: 'live/mid', version }], upstream: [{ key: 'live/raw' }] })
    await mid('mid-1')
    await using explorer = await openExplorer(browser, server)
    const { page } = explorer
    await explorer.openGraph('/asset?key=live/mid')
    await isLive(page)
    const walks = countOf(page, 'query WalkGraph')
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    await page.getByRole('application').focus()
    await page.keyboard.press('ArrowRight')
    await explorer.said(/^live\/mid/)
    const before = await explorer.selectedBox()
    const pulseOf = (key: string) => page.locator(`[data-pulse="${key}"]`)
    const panel = page.getByRole('complementary', { name: 'About live/mid' })

    await mid('mid-2')
    await pulseOf('live/mid').waitFor({ state: 'attached' })
    await panel.getByText('mid-2').first().waitFor()
    await pulseOf('live/mid').waitFor({ state: 'detached' })

    await make(server, 'live/raw', { version: 'raw-2' })
    await pulseOf('live/raw').waitFor({ state: 'attached' })
    await panel.getByText('Stale, because of').waitFor()
    await explorer.said(/^live\/mid, .*stale/)

    await page.emulateMedia({ reducedMotion: 'reduce' })
    await record(server, { assets: [{ key: 'live/out' }], upstream: [{ key: 'live/mid' }] })
    await explorer.untilDrawn(3)
    await pulseOf('live/out').waitFor({ state: 'attached' })
    expect(await pulseOf('live/out').evaluate((pulse) => getComputedStyle(pulse).animationName)).toMatch(
      /fade/,
    )
    await page.getByRole('status').getByText('1 new asset, beside what was there.').waitFor()
    expect(await explorer.selectedBox()).toEqual(before)
    await page.getByRole('button', { name: 'Lay out anew' }).click()
    await page.getByText('1 new asset').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
    // One for each of the three recordings, however much of the page they change.
    expect(walks.asked).toBeLessThanOrEqual(4)
    await explorer.expectNothingWrong()
  }, 60_000)

  test('a hundred recordings: asked for no more than once a second', async () => {
    await make(server, 'many/root', { version: 'root-0' })
    await using explorer = await openExplorer(browser, server)
    const { page } = explorer
    await explorer.openGraph('/asset?key=many/root')
    await isLive(page)
    const walks = countOf(page, 'query WalkGraph')
    const begun = performance.now()
    for (let number = 1; number <= 100; number++)
      await make(server, 'many/root', { version: `root-${number}` })
    await page.getByText('root-100', { exact: true }).first().waitFor()
    expect(walks.asked).toBeGreaterThan(0)
    expect(walks.asked).toBeLessThanOrEqual(2 + (performance.now() - begun) / 1_000)
    await explorer.expectNothingWrong()
  }, 60_000)

  async function begin(at: TestServer, dagId: string) {
    await at.query(`mutation { registerAssetConfig(input: { dagId: "${dagId}", nodes: [
      { nodeTaskId: "load", assets: [{ key: "${dagId}/a" }, { key: "${dagId}/b" }] }] }) { nodeCount } }`)
    const made = (asset: string) =>
      record(at, { dagId, nodeTaskId: 'load', assets: [{ key: `${dagId}/${asset}`, version: 'v1' }] })
    await made('a')
    return made
  }

  test('a DAG run to its end, without looking again and again', async () => {
    const made = await begin(server, 'told')
    await using explorer = await openExplorer(browser, server)
    const { page } = explorer
    const looks = countOf(page, 'query DagRun')
    await page.goto(`${server.url}/dag-run?dagId=told`)
    await page.getByText('What its nodes make shows by itself').waitFor()
    await page.getByText('The one node lacks something that is required.').waitFor()
    await made('b')
    // It would be looked at again after 30 seconds: longer than this waits.
    await page.getByText('Complete: the one node has made all that it is required to.').waitFor()
    expect(looks.asked).toBeLessThanOrEqual(3)
    await explorer.expectNothingWrong()
  })

  test('a DAG run by looking again, where the server has no room for who listens', async () => {
    await using full = await startTestServer({ variables: { HEADWATER_SUBSCRIPTIONS: '0' } })
    const made = await begin(full, 'polled')
    await using explorer = await openExplorer(browser, full)
    const { page } = explorer
    await page.goto(`${full.url}/dag-run?dagId=polled`)
    await page.getByText('Looked at again every 5 seconds').waitFor()
    await made('b')
    await page.getByText('Complete: the one node has made all that it is required to.').waitFor()
    expect(await page.getByText(/^(live|reconnecting…)$/).count()).toBe(0)
  }, 60_000)

  test('on, once a server that went away is back: what was made meanwhile too', async () => {
    await using database = await createTestDatabase()
    const start = async (port: string) => await startTestServer({ database, variables: { PORT: port } })
    const port = await freePort()
    const first = await start(port)
    await make(first, 'kept/before')
    await using explorer = await openExplorer(browser, first)
    const { page } = explorer
    await explorer.openGraph('/asset?key=kept/before')
    await isLive(page)
    await first.stop()
    await page.getByText('reconnecting…').waitFor()
    await page.getByRole('heading', { name: 'Lineage of kept/before' }).waitFor()
    await using other = await start('0')
    await make(other, 'kept/before', { version: 'meanwhile' })
    await using second = await start(port)
    await isLive(page)
    await page.getByText('meanwhile').first().waitFor()
    await make(second, 'kept/before', { version: 'afterwards' })
    await page.getByText('afterwards').first().waitFor()
  }, 120_000)

  test('in more tabs than a browser has connections: those that nobody looks at hold none', async () => {
    await make(server, 'tabs/one', { version: 'one-1' })
    await using explorer = await openExplorer(browser, server)
    await explorer.page.goto(server.url)
    await isLive(explorer.page)
    for (let number = 2; number <= 8; number++) {
      for (const page of explorer.context.pages()) await hide(page, true)
      const page = await explorer.context.newPage()
      await page.goto(server.url)
      await isLive(page)
    }
    await make(server, 'tabs/one', { version: 'one-2' })
    await explorer.context.pages().at(-1)?.getByText('one-2').waitFor()
    expect(await explorer.page.getByText('one-2').count()).toBe(0)
    await hide(explorer.page, false)
    await explorer.page.getByText('one-2').waitFor()
    await explorer.expectNothingWrong()
  }, 60_000)
})
