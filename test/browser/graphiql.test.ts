import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { startTestServer, type TestServer } from '../harness/server.js'

inBrowser('GraphiQL in a browser', () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
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
