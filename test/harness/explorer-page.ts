import { AxeBuilder } from '@axe-core/playwright'
import { expect } from '@jest/globals'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { demoRecordings } from '../../src/cli/demo/pipeline.js'
import type { TestServer } from './server.js'

/** A page of the explorer in a browser window of its own. */
export interface ExplorerPage extends AsyncDisposable {
  page: Page
  context: BrowserContext
  /** What went wrong on the page, and what it asked of other hosts. */
  complaints: string[]
  /** Nothing did, and axe has nothing to say. */
  expectNothingWrong(within?: string): Promise<void>
  /** Opens the graph of an address, once all of it is drawn. */
  openGraph(path: string): Promise<void>
  /** Until so many nodes are drawn. */
  untilDrawn(nodes?: number): Promise<void>
  /** Until an asset is selected: how the graph says it. */
  said(what: RegExp): Promise<string>
  /** Where the selected card is on the screen, and its size. */
  selectedBox(): Promise<{ x: number; y: number; width: number; height: number }>
}

/** Opens a window of the explorer of a server. */
export async function openExplorer(
  browser: Browser,
  { url }: Pick<TestServer, 'url'>,
  options: BrowserContextOptions = {},
): Promise<ExplorerPage> {
  const complaints: string[] = []
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    ...options,
  })
  // Before the test's own time is over, so that it says where it waits.
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url))
      complaints.push(`asked ${request.url()}`)
  })
  const stage = page.getByRole('application')
  const untilDrawn = async (nodes?: number) => {
    const wanted = nodes === undefined ? ':not([data-nodes="0"])' : `[data-nodes="${nodes}"]`
    await page.locator(`[role=application][aria-busy=false]${wanted}`).waitFor()
  }
  return {
    page,
    context,
    complaints,
    untilDrawn,
    openGraph: async (path) => {
      await page.goto(url + path)
      await untilDrawn()
    },
    said: async (what) => {
      const said = page.getByTestId('said').filter({ hasText: what })
      await said.waitFor({ state: 'attached' })
      return (await said.textContent()) ?? ''
    },
    selectedBox: async () => {
      const [box, frame] = [await page.getByTestId('selected').boundingBox(), await stage.boundingBox()]
      if (box === null || frame === null) throw new Error('nothing is selected')
      return box
    },
    expectNothingWrong: async (within = 'html') => {
      const axe = new AxeBuilder({ page }).include(within)
      const { violations } = await (within === 'html' ? axe : axe.disableRules('region')).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(complaints).toEqual([])
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Records a week of the demo's pipeline. */
export async function recordDemo(server: TestServer): Promise<void> {
  const recordings = demoRecordings()
  for (let at = 0; at < recordings.length; at += 20)
    await server.query(RecordMaterializationBatchDocument, { inputs: recordings.slice(at, at + 20) })
}
