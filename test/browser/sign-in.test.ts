import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { openExplorer } from '../harness/explorer-page.js'
import type { TestServer } from '../harness/server.js'

inBrowser('the explorer of a server that asks who one is', () => {
  let server: TestServer
  let browser: Browser
  let token: string
  beforeAll(async () => {
    server = await startGuardedServer()
    browser = await launchBrowser()
    token = await tokenFor(server, [grant('ADMIN')])
    await callerOf(server, token).ask(
      'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "b" }], upstream: [{ key: "a" }] }) { duplicate } }',
    )
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  /** The browser itself says that something was refused: that is as it should be. */
  const forget401 = (complaints: string[]) => {
    const others = complaints.filter((text) => !text.includes('401 (Unauthorized)'))
    complaints.splice(0, complaints.length, ...others)
  }

  test('takes a token, stays signed in when it is loaded again, and signs out', async () => {
    await using explorer = await openExplorer(browser, server)
    const { page, complaints } = explorer
    const address = `${server.url}/asset?key=b`
    await page.goto(address)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    forget401(complaints)
    await explorer.expectNothingWrong()

    const signIn = async (text: string) => {
      await page.getByLabel('Token').fill(text)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    await signIn('wrong')
    await page.getByRole('alert').filter({ hasText: 'The server does not take this token' }).waitFor()
    forget401(complaints)
    await explorer.expectNothingWrong()

    await signIn(` ${token} `)
    await page.getByRole('heading', { name: 'Lineage of b' }).waitFor()
    await explorer.untilDrawn(2)
    await explorer.expectNothingWrong()
    await page.getByText('live', { exact: true }).waitFor()
    expect(page.url()).toContain(address)

    await page.reload()
    await explorer.untilDrawn(2)
    await page.getByRole('button', { name: 'Share' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    expect(await readFile(await download.path(), 'utf8')).toContain('node,default,b')
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByText('live', { exact: true }).waitFor({ state: 'detached' })
    expect(await page.evaluate(() => [sessionStorage.length, JSON.stringify(localStorage)])).toEqual([
      0,
      '{}',
    ])
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    forget401(complaints)
    await explorer.expectNothingWrong()
  })
})
