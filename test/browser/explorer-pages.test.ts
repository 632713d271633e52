import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { type ExplorerPage, openExplorer, recordDemo } from '../harness/explorer-page.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { make, minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

inBrowser('the pages of the explorer', () => {
  let server: TestServer
  let browser: Browser
  let explorer: ExplorerPage
  let page: ExplorerPage['page']

  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
    await recordDemo(server)
  }, 60_000)
  beforeEach(async () => {
    explorer = await openExplorer(browser, server)
    page = explorer.page
  })
  afterEach(async () => await explorer[Symbol.asyncDispose]())
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('a materialization: what went in exactly, where that came from, and what has been made of it', async () => {
    await page.goto(`${server.url}/asset?key=extract/claims`)
    await page.getByRole('link', { name: 'its exact provenance' }).click()
    await page.getByRole('heading', { level: 1, name: /^extract\/claims/ }).waitFor()
    const inputs = page.getByRole('region', { name: 'What went in' })
    await inputs.getByRole('link', { name: 'ocr/text' }).waitFor()
    const provenance = page.getByRole('region', { name: 'Where that came from' })
    await provenance.getByText(/^All of it: \d+ materializations\.$/).waitFor()
    await provenance.getByRole('link', { name: 'raw/documents' }).first().waitFor()
    await explorer.expectNothingWrong()
    await provenance
      .getByRole('listitem')
      .filter({ hasText: 'raw/documents' })
      .getByRole('link')
      .nth(1)
      .click()
    await page.getByRole('heading', { level: 1, name: /^raw\/documents/ }).waitFor()
    await page.getByText('Nothing: it is a source.').waitFor()
    await page.getByRole('region', { name: 'What has been made of it' }).getByRole('link').first().waitFor()
    await explorer.expectNothingWrong()
  })

  test('what was made from something older says which newer version there is', async () => {
    await make(server, 'newer/source', { version: 'v1', materializedAt: minute(1) })
    await record(server, {
      materializedAt: minute(2),
      assets: [{ key: 'newer/report', version: 'r1' }],
      upstream: [{ key: 'newer/source', version: 'v1' }],
    })
    await page.goto(`${server.url}/asset?key=newer/report`)
    await page.getByRole('link', { name: 'its exact provenance' }).click()
    const inputs = page.getByRole('region', { name: 'What went in' })
    await inputs.getByText('as its executor said').waitFor()
    expect(await inputs.getByText('newer version exists').count()).toBe(0)
    await make(server, 'newer/source', { version: 'v2', materializedAt: minute(3) })
    await page.reload()
    await inputs.getByText('newer version exists: v2').waitFor()
    await explorer.expectNothingWrong()
  })

  test('a DAG run: what its nodes have made, what is missing, and again by itself when that changes', async () => {
    await server.query(`mutation { registerAssetConfig(input: { dagId: "nightly-7", nodes: [
      { nodeTaskId: "load", assets: [{ key: "nightly/a" }, { key: "nightly/b" }] }] }) { nodeCount } }`)
    const made = (key: string) =>
      record(server, { dagId: 'nightly-7', nodeTaskId: 'load', assets: [{ key, version: 'v1' }] })
    await made('nightly/a')
    await page.goto(`${server.url}/asset?key=nightly/a`)
    await page.getByRole('link', { name: 'nightly-7' }).click()
    await page.getByText('The one node lacks something that is required.').waitFor()
    await page.getByRole('row', { name: /load 1 of 2 \(50 %\) .*nightly\/b/ }).waitFor()
    await explorer.expectNothingWrong()
    await made('nightly/b')
    await page
      .getByText('Complete: the one node has made all that it is required to.')
      .waitFor({ timeout: 15_000 })
    await page.goto(`${server.url}/dag-run?dagId=nobody`)
    await page.getByRole('heading', { name: 'Nothing is known of nobody' }).waitFor()
    await sendEvents(server, [
      runEvent('failing.task', 'run-1', 'FAIL', minute(5), {
        outputs: [dataset('never')],
        runFacets: { errorMessage: { message: 'disk full', programmingLanguage: 'JAVA' } },
      }),
    ])
    await page.goto(`${server.url}/dag-run?dagId=failing`)
    await page.getByText('disk full').waitFor()
    await explorer.expectNothingWrong()
  })

  test('a column: what it is made from and how, walked from column to column', async () => {
    const columnLineage = (type: string, subtype: string) => ({
      fields: {
        total: {
          inputFields: [{ ...dataset('orders'), field: 'amount', transformations: [{ type, subtype }] }],
        },
      },
      dataset: [
        { ...dataset('orders'), field: 'day', transformations: [{ type: 'INDIRECT', subtype: 'FILTER' }] },
      ],
    })
    await sendEvents(server, [
      runEvent('sums', 'run-1', 'COMPLETE', minute(1), {
        inputs: [dataset('orders')],
        outputs: [
          dataset('sums', {
            facets: {
              schema: { fields: [{ name: 'total', type: 'decimal' }] },
              columnLineage: columnLineage('DIRECT', 'AGGREGATION'),
            },
          }),
        ],
      }),
    ])
    await page.goto(`${server.url}/asset?namespace=lake&key=sums`)
    await page.getByRole('link', { name: 'total' }).click()
    await page.getByText('All of it: 2 other columns.').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'direct · aggregation' }).first().waitFor()
    await explorer.expectNothingWrong()
    await page.getByText('With what only decides').click()
    await page.getByText('All of it: 1 other column.').waitFor()
    await page.getByRole('link', { name: 'orders.amount' }).click()
    await page.getByRole('heading', { name: 'Column amount' }).waitFor()
    await page.getByRole('link', { name: 'sums.total' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Column total' }).waitFor()
  })

  test('all assets, and those of a selection; what cannot be selected is said in words', async () => {
    await page.goto(server.url)
    await page.getByRole('link', { name: 'Assets' }).click()
    await page.getByRole('heading', { name: 'Assets' }).waitFor()
    await page.getByText(/^All of them: \d+\.$/).waitFor()
    await explorer.expectNothingWrong()
    await page.getByRole('textbox').fill('key:"extract/*"')
    await page.getByRole('button', { name: 'Select' }).click()
    await page.getByRole('link', { name: /extract\/claims/ }).waitFor()
    await page.getByRole('link', { name: /raw\/documents/ }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('selection')).toBe('key:"extract/*"')
    await page.getByRole('button', { name: 'Never materialized' }).click()
    await page
      .getByRole('link', { name: /never materialized/ })
      .first()
      .waitFor()
    await page.getByRole('textbox').fill('kind:(')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'That could not be selected' }).waitFor()
  })

  test('a name is a name, whatever it looks like in the address', async () => {
    for (const key of ['true', '7', '1e3', '{"a":1}', '[1]', 'a#b?c&d=e%20', '<b>"\'']) {
      await record(server, { assets: [{ key, version: '<i>v</i>', uri: 'javascript:alert(1)' }] })
      await page.goto(`${server.url}/asset?key=${encodeURIComponent(key)}`)
      await page.getByRole('heading', { name: `Lineage of ${key}`, exact: true }).waitFor()
      await page.getByRole('link', { name: 'its exact provenance' }).click()
      await page.getByRole('link', { name: key, exact: true }).first().click()
      await page.getByRole('heading', { name: `Lineage of ${key}`, exact: true }).waitFor()
      await page.reload()
      await page.getByRole('heading', { name: `Lineage of ${key}`, exact: true }).waitFor()
    }
    await explorer.expectNothingWrong()
  })

  test('a first look: the demo is loaded by a button, and shown', async () => {
    await using empty = await startTestServer()
    await using first = await openExplorer(browser, empty)
    await first.page.goto(empty.url)
    await first.page.getByRole('button', { name: 'Load the demo' }).click()
    await first.page.getByRole('heading', { name: 'Made of late' }).waitFor()
    await first.page
      .getByRole('link', { name: /extract\/claims/ })
      .first()
      .waitFor()
    await first.expectNothingWrong()
  })

  test('they fit a narrow screen, in the dark too', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const { materializations } = await server.query<
      { materializations: { nodes: { id: string }[] } },
      undefined
    >('{ materializations(first: 1) { nodes { id } } }')
    const id = encodeURIComponent(materializations.nodes[0]?.id ?? '')
    const paths: [path: string, text: string | RegExp][] = [
      ['/browse', /^All of them/],
      [`/materialization?id=${id}`, 'What has been made of it'],
      ['/dag-run?dagId=claims-2026-01-05', /^Complete/],
      ['/column?namespace=lake&key=sums&column=total', /^All of it/],
    ]
    for (const [path, text] of paths) {
      await page.goto(server.url + path)
      await page.getByText(text).first().waitFor()
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect([path, width]).toEqual([path, 360])
      await explorer.expectNothingWrong()
    }
  }, 60_000)
})
