import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Browser, chromium } from 'playwright-core'
import { startTestServer, type TestServer } from '../harness/server.js'

const CHROMIUM = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const executablePath = CHROMIUM.find((path) => path !== undefined && existsSync(path))

// Where there is no browser there is nothing to test with; CI installs one and insists on it.
const inBrowser = executablePath === undefined && process.env['CI'] === undefined ? describe.skip : describe

inBrowser('GraphiQL in a browser', () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
  })
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('runs its example queries, asking nothing of any other host', async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    const foreign: string[] = []
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (/^https?:$/.test(url.protocol) && url.origin !== server.url) foreign.push(request.url())
    })
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(error.message))
    await page.goto(`${server.url}/graphql`)
    const run = page.getByRole('button', { name: /execute query/i })
    await run.waitFor()
    for (const operation of [
      'Record',
      'WhereDidItComeFrom',
      'WhatElseDidItTouch',
      'WhatWasItMadeFrom',
      'IsItStale',
    ]) {
      await run.click()
      const answered = page.waitForResponse(
        (response) => response.request().postData()?.includes(`"operationName":"${operation}"`) === true,
      )
      await page.getByRole('menuitem', { name: operation }).click()
      const answer = (await (await answered).json()) as { data: unknown; errors?: unknown }
      expect(answer.errors).toBeUndefined()
      expect(answer.data).not.toBeNull()
    }
    await page.getByText('extract/claims').first().waitFor()
    expect(foreign).toEqual([])
    expect(failures).toEqual([])
  })
})
