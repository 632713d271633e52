import { AxeBuilder } from '@axe-core/playwright'
import { expect } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { demoRecordings } from '../../src/cli/demo/pipeline.js'
import type { TestServer } from './server.js'

/** A page of the explorer in a browser, with all that went wrong on it. */
export interface ExplorerPage extends AsyncDisposable {
  page: Page
  context: BrowserContext
  /** Fails where axe finds anything, the console complained, or another host was asked. */
  expectNothingWrong(within?: string): Promise<void>
}

/** Opens an empty page of a server's explorer. */
export async function openExplorer(
  browser: Browser,
  server: Pick<TestServer, 'url'>,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<ExplorerPage> {
  const complaints: string[] = []
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    ...options,
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) complaints.push(`asked ${url}`)
  })
  return {
    page,
    context,
    async expectNothingWrong(within = 'html') {
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
