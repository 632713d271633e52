import { gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { type ExplorerPage, openExplorer, recordDemo } from '../harness/explorer-page.js'
import { startTestServer, type TestServer } from '../harness/server.js'

inBrowser('the explorer', () => {
  let server: TestServer
  let browser: Browser
  let explorer: ExplorerPage
  let page: Page

  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
    await recordDemo(server)
  }, 60_000)
  beforeEach(async () => {
    explorer = await openExplorer(browser, server)
    page = explorer.page
  })
  afterEach(async () => explorer[Symbol.asyncDispose]())
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('shows what was made of late, and leads to it', async () => {
    await page.goto(server.url)
    await page.getByRole('heading', { name: 'Made of late' }).waitFor()
    await explorer.expectNothingWrong()
    await page
      .getByRole('link', { name: /extract\/claims/ })
      .first()
      .click()
    await page.getByRole('heading', { name: 'Lineage of extract/claims' }).waitFor()
    await page.getByRole('complementary', { name: 'About extract/claims' }).waitFor()
    await explorer.expectNothingWrong()
  })

  test('finds an asset by the keyboard alone', async () => {
    await page.goto(server.url)
    await page.getByRole('heading', { name: 'Made of late' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('claims')
    await page.getByRole('option', { name: /extract\/claims/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await explorer.untilDrawn()
    await page.keyboard.press('/')
    await page.keyboard.type('no such thing')
    await page.getByText('Nothing is called so.').waitFor()
    // While its list is open the rest of the page is hidden from screen readers, and is none of axe's business.
    await explorer.expectNothingWrong('[role=listbox]')
  })

  test('walks by direction and depth, says what is missing, and keeps it all in the address', async () => {
    await page.goto(
      `${server.url}/asset?namespace=default&key=extract/claims&direction=UPSTREAM&depth=1&view=list`,
    )
    const shown = page.getByRole('region', { name: /Lineage of/ })
    await shown.getByText('5 assets shown, and there is more: it lies more than 1 hop away.').waitFor()
    await page.getByRole('button', { name: 'Increase Depth' }).click()
    await shown.getByText('All of it: 6 assets.').waitFor()
    await shown.getByRole('link', { name: /raw\/documents/ }).click()
    await page.getByRole('heading', { name: 'Lineage of raw/documents' }).waitFor()
    expect(new URL(page.url()).searchParams.get('depth')).toBe('2')
    await page.goBack()
    await page.getByRole('heading', { name: 'Lineage of extract/claims' }).waitFor()
    await page.getByRole('radio', { name: 'Downstream' }).click()
    await shown.getByText('All of it: 1 asset.').waitFor()
    await explorer.expectNothingWrong()
  })

  test('says of a name that nobody has recorded that there is no such asset', async () => {
    await page.goto(`${server.url}/asset?key=nobody`)
    await page.getByRole('heading', { name: 'There is no asset nobody' }).waitFor()
    await page.goto(`${server.url}/asset?key=${'x'.repeat(3_000)}`)
    await page.getByRole('heading', { name: 'This cannot be shown' }).waitFor()
  })

  test('fits a narrow screen, in the dark too', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/', '/asset?key=extract/claims']) {
      await page.goto(server.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByText('live', { exact: true }).waitFor({ state: 'attached' })
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect([path, width]).toEqual([path, 360])
      await explorer.expectNothingWrong()
    }
  })

  test('says so where the server is away, and shows what it has', async () => {
    await page.goto(server.url)
    await page.getByRole('heading', { name: 'Made of late' }).waitFor()
    await explorer.context.setOffline(true)
    await page.getByText('You are offline.').waitFor()
    await page.getByText('extract/claims').first().waitFor()
    await explorer.context.setOffline(false)
    await page.getByText('You are offline.').waitFor({ state: 'detached' })
  })

  test('begins with how to record where nothing has been', async () => {
    await using empty = await startTestServer()
    await page.goto(empty.url)
    await page.getByRole('heading', { name: 'Nothing has been recorded yet' }).waitFor()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    const command = (await page.locator('pre').textContent()) ?? ''
    const [, body = ''] = /-d '(.*)'$/s.exec(command) ?? []
    const response = await fetch(`${empty.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(await response.json()).toMatchObject({ data: { recordMaterializations: {} } })
    await page.reload()
    await page.getByRole('link', { name: /extract\/claims/ }).waitFor()
  })

  test('its first view is under 300 KB of script, compressed, and its policy allows nothing from elsewhere', async () => {
    const response = await fetch(server.url)
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self';")
    const scripts = [...(await response.text()).matchAll(/src="([^"]+\.js)"/g)].map(([, path = '']) => path)
    let bytes = 0
    for (const path of scripts) bytes += gzipSync(await (await fetch(server.url + path)).text()).length
    expect(scripts.length).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(300_000)
  })
})
