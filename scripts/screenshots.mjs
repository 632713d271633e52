#!/usr/bin/env node
// Makes the pictures of docs/explorer.md: `npm run build && node scripts/screenshots.mjs`. Needs a Chromium (CHROMIUM_PATH).
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { layeredRecordings, record, warehouseRecordings } from '../bench/explorer/sample-graphs.mjs'
import { startServer } from '../bench/explorer/server.mjs'

const FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/images')
const LARGE = 10_000
const HOME = '/asset?key=marts/core/dim_customers&depth=5'

/** What is shown, of what size, and what is done before. */
const PICTURES = {
  light: { path: HOME, select: 1 },
  dark: {
    path: `${HOME}&opened=[["downstream","default","marts/finance/fct_orders_with_payments_and_refunds"]]`,
    colorScheme: 'dark',
  },
  list: { path: `${HOME}&view=list` },
  mobile: { path: HOME, width: 360, height: 740 },
  wide: { path: HOME, width: 3840, height: 2160 },
  filter: { path: `${HOME}&hiddenKinds=["view"]&group=namespace`, press: /^Filter/ },
  share: { path: HOME, press: /^Share/ },
  path: { path: `${HOME}&from=["stripe","stripe/refunds"]&to=["looker","reports/board_pack"]` },
  diff: {
    path: '/asset?key=marts/core/dim_customers&depth=4&since=2026-03-05T00:00:00Z&asOf=2026-03-11T00:00:00Z',
  },
  10000: { path: `/asset?namespace=large&key=raw/source&direction=DOWNSTREAM&depth=100&limit=${LARGE}` },
  'zoomed-in': {
    path: `/asset?namespace=large&key=raw/source&direction=DOWNSTREAM&depth=100&limit=${LARGE}`,
    zoom: 5,
  },
}

async function take(browser, url, name) {
  const { path, width = 1440, height = 900, colorScheme = 'light', press, select, zoom = 0 } = PICTURES[name]
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(url + path)
  if (path.includes('view=list')) await page.getByRole('heading', { name: 'This asset' }).waitFor()
  else
    await page
      .locator('[role=application][aria-busy=false]:not([data-nodes="0"])')
      .waitFor({ timeout: 60_000 })
  await page.getByText('live', { exact: true }).first().waitFor({ state: 'attached' })
  for (let step = 0; step < (select ?? 0); step++) {
    await page.getByRole('application').focus()
    await page.keyboard.press('ArrowRight')
  }
  for (let step = 0; step < zoom; step++) await page.getByRole('button', { name: 'Zoom in' }).click()
  if (press !== undefined) await page.getByRole('button', { name: press }).click()
  // Until it is drawn, and what was pressed has come up.
  await page.waitForTimeout(600)
  await page.screenshot({ path: join(FOLDER, `explorer-${name}.png`), scale: 'css' })
  await context.close()
}

await mkdir(FOLDER, { recursive: true })
const server = await startServer()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  await record(server.url, warehouseRecordings())
  await record(server.url, layeredRecordings(LARGE, { namespace: 'large' }))
  const wanted = process.argv.slice(2)
  for (const name of Object.keys(PICTURES))
    if (wanted.length === 0 || wanted.includes(name)) await take(browser, server.url, name)
} finally {
  await browser.close()
  await server.stop()
}
