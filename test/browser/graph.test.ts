import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { inBrowser, launchBrowser } from '../harness/browser.js'
import { type ExplorerPage, openExplorer } from '../harness/explorer-page.js'
import { type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const from = (...keys: string[]) => keys.map((key) => ({ key, ...(HOMES[key] ?? {}) }))
const HOMES: Record<string, { namespace: string }> = {
  'out/e': { namespace: 'other' },
  'out/f': { namespace: 'other' },
}

/** What was recorded on two days: raw → mid → out, with a cycle from out/d back to mid/b. On the first mid/b had another upstream. */
const RUNS: Run[] = [
  {
    materializedAt: '2026-01-01T00:00:00Z',
    assets: [
      { key: 'raw/a', kind: 'table', version: '1' },
      { key: 'mid/b', kind: 'json', version: '1', upstream: from('raw/a', 'raw/old') },
      { key: 'mid/c', kind: 'json', version: '1', upstream: from('mid/b') },
      { key: 'out/d', kind: 'table', version: '1', upstream: from('mid/c') },
    ],
  },
  {
    materializedAt: '2026-01-05T00:00:00Z',
    assets: [
      { key: 'mid/b', kind: 'json', version: '2', upstream: from('raw/a', 'out/d') },
      { key: 'mid/c', kind: 'json', version: '2', upstream: from('mid/b') },
      { key: 'out/d', kind: 'table', version: '2', upstream: from('mid/c') },
      { key: 'out/e', namespace: 'other', kind: 'table', version: '1', upstream: from('mid/c') },
      { key: 'out/f', namespace: 'other', kind: 'image', version: '1', upstream: from('out/e') },
      ...[1, 2, 3].map((number) => ({ key: `far/${number}`, kind: 'table', upstream: from('out/d') })),
    ],
  },
]

inBrowser('the graph', () => {
  let server: TestServer
  let browser: Browser
  let explorer: ExplorerPage
  let page: Page

  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
    await recordBatch(server, RUNS)
  }, 60_000)
  beforeEach(async () => {
    explorer = await openExplorer(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
    page = explorer.page
  })
  afterEach(async () => explorer[Symbol.asyncDispose]())
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  const address = () => new URL(page.url()).searchParams
  const graph = () => page.getByRole('application', { name: /Lineage graph of/ })
  /** Walks by keys: the first press selects the root. */
  async function walk(...steps: [key: string, said: RegExp][]): Promise<void> {
    await graph().focus()
    for (const [key, said] of steps) {
      await page.keyboard.press(key)
      await explorer.said(said)
    }
  }

  test('walks by the arrow keys, says where one is, and starts anew from there', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1')
    await walk(
      ['ArrowRight', /^mid\/c, json, fresh, 1 upstream, 2 downstream$/],
      ['ArrowLeft', /^mid\/b, json, .*2 more upstream not shown/],
    )
    await page.getByRole('complementary', { name: 'About mid/b' }).waitFor()
    expect(JSON.parse(address().get('selected') ?? '')).toEqual(['default', 'mid/b'])
    await explorer.expectNothingWrong()
    await page.reload()
    await explorer.said(/^mid\/b/)
    await walk(
      ['ArrowRight', /^mid\/c/],
      ['ArrowRight', /^out\//],
      ['ArrowDown', /^out\//],
      ['ArrowUp', /^out\//],
    )
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /Lineage of out\// }).waitFor()
    expect(address().has('selected')).toBe(false)
    await page.goBack()
    await page.getByRole('heading', { name: 'Lineage of mid/c' }).waitFor()
    await explorer.expectNothingWrong()
  })

  test('selects by a click, starts anew by two, and says a whole name under the pointer', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1')
    await walk(['ArrowRight', /^mid\/c/])
    const { x, y, width, height } = await explorer.selectedBox()
    await page.keyboard.press('ArrowLeft')
    await explorer.said(/^mid\/b/)
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.getByTestId('tip').getByText('mid/c').waitFor()
    await page.mouse.click(x + width / 2, y + height / 2)
    await explorer.said(/^mid\/c/)
    const other = await (async () => {
      await walk(['ArrowLeft', /^mid\/b/])
      return explorer.selectedBox()
    })()
    await page.mouse.dblclick(other.x + other.width / 2, other.y + other.height / 2)
    await page.getByRole('heading', { name: 'Lineage of mid/b' }).waitFor()
    await explorer.expectNothingWrong()
  })

  test('moves, zooms and fits, also by the map', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1')
    await walk(['ArrowRight', /^mid\/c/])
    const before = await explorer.selectedBox()
    const frame = await graph().boundingBox()
    if (frame === null) throw new Error('there is no graph')
    await page.mouse.move(frame.x + frame.width / 2, frame.y + 40)
    await page.mouse.down()
    await page.mouse.move(frame.x + frame.width / 2 + 60, frame.y + 80, { steps: 4 })
    await page.mouse.up()
    const moved = await explorer.selectedBox()
    expect([moved.x - before.x, moved.y - before.y]).toEqual([60, 40])
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByRole('button', { name: 'Zoom in' }).click()
    expect((await explorer.selectedBox()).width).toBeGreaterThan(1.5 * before.width)
    await page.getByRole('button', { name: 'Fit' }).click()
    expect(await explorer.selectedBox()).toEqual(before)
    await page.getByTestId('minimap').click({ position: { x: 20, y: 50 } })
    expect((await explorer.selectedBox()).x).toBeGreaterThan(before.x)
  })

  test('expands where a card stands, and moves nothing that is there; collapses again', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1')
    await explorer.untilDrawn(4)
    await walk(['ArrowRight', /^mid\/c/])
    const root = await explorer.selectedBox()
    await walk(['ArrowLeft', /^mid\/b/])
    const { x, y, height } = await explorer.selectedBox()
    // The badge at its lower left corner.
    await page.mouse.click(x + 4, y + height + 2)
    await explorer.untilDrawn(6)
    expect(JSON.parse(address().get('opened') ?? '')).toEqual([['upstream', 'default', 'mid/b']])
    expect(await explorer.selectedBox()).toMatchObject({ x, y })
    await walk(['ArrowLeft', /^raw\//])
    expect((await explorer.selectedBox()).x).toBeLessThan(x)
    await page.reload()
    await explorer.untilDrawn(6)
    await walk(['ArrowRight', /^mid\/b/], ['ArrowRight', /^mid\/c/])
    expect((await explorer.selectedBox()).width).toBeLessThanOrEqual(root.width)
    await walk(['ArrowLeft', /^mid\/b/])
    await page.getByRole('button', { name: 'Collapse upstream' }).click()
    await explorer.untilDrawn(4)
    expect(address().has('opened')).toBe(false)
    await walk(['ArrowRight', /^mid\/c/], ['ArrowRight', /^out\/e/], ['ArrowDown', /^out\/d/])
    await page.keyboard.press('d')
    await explorer.untilDrawn(7)
    await page.getByRole('button', { name: 'Lay out anew' }).click()
    await explorer.untilDrawn(7)
    await explorer.expectNothingWrong()
  })

  test('hides kinds and namespaces, and what they connected stays connected', async () => {
    await explorer.openGraph('/asset?key=out/f&namespace=other&direction=UPSTREAM&depth=9')
    // out/f ← out/e ← mid/c ← mid/b ← raw/a, raw/old, out/d ← mid/c
    await explorer.untilDrawn(7)
    await page.getByRole('button', { name: 'Filter' }).click()
    await explorer.expectNothingWrong('[role=dialog]')
    await page.getByRole('checkbox', { name: /json/ }).first().click({ force: true })
    await page.keyboard.press('Escape')
    await page.getByText('You have hidden').waitFor()
    expect(JSON.parse(address().get('hiddenKinds') ?? '')).toContain('json')
    // Nothing that is hidden is drawn any more.
    await page.locator('[role=application][aria-busy=false]:not([data-nodes="7"])').waitFor()
    const left = Number(await graph().getAttribute('data-nodes'))
    expect(left).toBeLessThan(7)
    await walk(['ArrowRight', /^out\/f/], ['ArrowLeft', /^out\/e/])
    const said = await explorer.said(/^out\/e/)
    expect(said).not.toContain(' 0 upstream')
    await page.reload()
    await explorer.untilDrawn(left)
    await page.getByRole('button', { name: /Filter · 1 hidden/ }).click()
    await page.getByRole('checkbox', { name: /^default/ }).click({ force: true })
    await page.keyboard.press('Escape')
    await explorer.untilDrawn(2)
    await page.getByRole('tab', { name: 'List' }).click()
    await page.getByRole('link', { name: /out\/e/ }).waitFor()
    expect(await page.getByRole('link', { name: /raw\/a/ }).count()).toBe(0)
    await explorer.expectNothingWrong()
  })

  test('folds groups into one card, and opens them', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=3')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('radio', { name: 'First part of the key' }).click({ force: true })
    await page.keyboard.press('Escape')
    // The root by itself, mid/b alone in its group but for it, and far, out, raw as one each.
    await explorer.untilDrawn(5)
    await walk(['ArrowRight', /^mid\/c/], ['ArrowRight', /^out, 3 assets/])
    await page.getByRole('button', { name: 'Unfold 3 assets' }).click()
    await explorer.untilDrawn(7)
    expect(JSON.parse(address().get('unfolded') ?? '')).toEqual(['out'])
    await page.getByRole('button', { name: /Filter · by prefix/ }).click()
    await page.getByRole('checkbox', { name: /^out/ }).click({ force: true })
    await page.keyboard.press('Escape')
    await explorer.untilDrawn(5)
    await explorer.expectNothingWrong()
  })

  test('joins two picked assets by the shortest path, whichever is upstream', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1')
    await walk(['ArrowRight', /^mid\/c/], ['ArrowLeft', /^mid\/b/])
    await page.getByRole('button', { name: 'Path from here' }).click()
    await page.getByText('Path from mid/b: pick its other end.').waitFor()
    await walk(['ArrowRight', /^mid\/c/], ['ArrowRight', /^out\/e/])
    await page.keyboard.press('Enter')
    await page.getByText('Shortest path between mid/b and out/e: 2 hops.').waitFor()
    await page.goto(
      `${server.url}/asset?key=out/f&namespace=other&depth=1&from=["other","out/f"]&to=["default","raw/a"]`,
    )
    await page.getByText('Shortest path between out/f and raw/a: 4 hops.').waitFor()
    await explorer.untilDrawn(5)
    await page.getByRole('button', { name: 'Close path' }).click()
    await explorer.untilDrawn(2)
    await page.goto(`${server.url}/asset?key=far/1&from=["default","far/1"]&to=["default","far/2"]`)
    await page.getByText('No path joins far/1 and far/2.').waitFor()
    await explorer.expectNothingWrong()
  })

  test('draws what closes a cycle as such', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=2')
    await page.getByText('closes a cycle').waitFor()
    await page.goto(`${server.url}/asset?key=out/f&namespace=other&depth=1`)
    await explorer.untilDrawn(2)
    expect(await page.getByText('closes a cycle').count()).toBe(0)
  })

  test('goes on where more lies further out, or beyond the limit', async () => {
    await explorer.openGraph('/asset?key=mid/c&direction=DOWNSTREAM&depth=1&limit=2')
    await page.getByText('2 of 3 assets shown, and there is more').waitFor()
    await page.getByRole('button', { name: 'Continue to 3' }).click()
    await explorer.untilDrawn(3)
    await page.getByRole('button', { name: 'One hop further' }).click()
    await page.getByText('8 assets').waitFor()
    expect(address().get('depth')).toBe('2')
  })

  test('shows the graph as it was, and what has come and gone since', async () => {
    await explorer.openGraph('/asset?key=mid/b&direction=UPSTREAM&depth=1&asOf=2026-01-02T00:00:00Z')
    await explorer.untilDrawn(3)
    await page.getByRole('button', { name: /Time · as of/ }).click()
    await explorer.expectNothingWrong('[role=dialog]')
    await page.getByLabel('Compared with').fill('2025-12-01T00:00:00')
    await page.keyboard.press('Escape')
    await page.getByText(/Between the two times \d came, 0 went/).waitFor()
    await page.goto(
      `${server.url}/asset?key=mid/b&direction=UPSTREAM&depth=1&since=2026-01-02T00:00:00Z&asOf=2026-01-06T00:00:00Z`,
    )
    await page.getByText('Between the two times 1 came, 1 went, 2 stayed.').waitFor()
    await explorer.untilDrawn(4)
    await explorer.expectNothingWrong()
    await page.getByRole('tab', { name: 'List' }).click()
    await page.getByRole('link', { name: /raw\/old removed/ }).waitFor()
    await page.getByRole('link', { name: /out\/d added/ }).waitFor()
    await explorer.expectNothingWrong()
  })

  test('takes the picture, the file and the query of a view along', async () => {
    await explorer.openGraph('/asset?key=mid/c&depth=1&opened=[["upstream","default","mid/b"]]')
    await explorer.untilDrawn(6)
    await page.getByRole('button', { name: 'Share' }).click()
    await explorer.expectNothingWrong('[role=dialog]')
    const saved = async (name: string, role: 'button' | 'link') => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole(role, { name, exact: true }).click(),
      ])
      return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
    }
    const svg = await saved('SVG', 'button')
    expect(svg.name).toBe('lineage-mid-c.svg')
    expect(svg.content.toString()).toMatch(/^<svg[\s\S]*raw\/old[\s\S]*<\/svg>\n$/)
    const png = await saved('PNG', 'button')
    expect(png.content.subarray(1, 4).toString()).toBe('PNG')
    expect(png.content.length).toBeGreaterThan(5_000)
    expect((await saved('CSV', 'link')).content.toString()).toContain('mid/c')
    expect((await saved('Mermaid', 'link')).content.toString()).toContain('flowchart')
    await page.getByRole('button', { name: 'Copy GraphQL query' }).click()
    await page.getByText('The query is copied.').waitFor()
    const query = await page.evaluate<string>('navigator.clipboard.readText()')
    const data = await server.query<Record<string, { nodes: { asset: { key: string } }[] }>, object>(query)
    expect(data['lineage']?.nodes.map(({ asset }) => asset.key)).toEqual(['mid/c', 'mid/b', 'out/d', 'out/e'])
    expect(data['opened1']?.nodes.map(({ asset }) => asset.key)).toEqual([
      'mid/b',
      'out/d',
      'raw/a',
      'raw/old',
    ])
    expect(explorer.complaints).toEqual([])
  })

  test('lights up everything up- and downstream of what the pointer is at', async () => {
    await explorer.openGraph('/asset?key=mid/c&direction=DOWNSTREAM&depth=2')
    await walk(['ArrowRight', /^mid\/c/], ['ArrowRight', /^out\//])
    const { x, y, width, height } = await explorer.selectedBox()
    const picture = () => page.evaluate<string>('document.querySelector("canvas").toDataURL()')
    const plain = await picture()
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.getByTestId('tip').waitFor()
    await page.evaluate('new Promise(requestAnimationFrame)')
    expect(await picture()).not.toBe(plain)
    await page.mouse.move(2, 2)
    await page.getByTestId('tip').waitFor({ state: 'detached' })
    await page.evaluate('new Promise(requestAnimationFrame)')
    expect(await picture()).toBe(plain)
  })

  test('says what went wrong where the server cannot answer', async () => {
    await page.goto(`${server.url}/asset?key=mid/c&asOf=2020-01-01T00:00:00Z`)
    await page.getByRole('heading', { name: 'The lineage could not be walked' }).waitFor()
  })

  test('fits a narrow screen, in the dark too', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    await explorer.openGraph('/asset?key=mid/c&depth=2')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await explorer.expectNothingWrong()
  })
})
