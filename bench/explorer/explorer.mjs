#!/usr/bin/env node
// How long the explorer takes until a graph can be walked in, and how many frames a second it draws while it is moved:
// `node bench/explorer/explorer.mjs [url]`, of the server at url, else of one of its own. Needs a Chromium (CHROMIUM_PATH).
import { chromium } from 'playwright-core'
import { layeredRecordings, record } from './sample-graphs.mjs'
import { startServer } from './server.mjs'

const SIZES = [500, 5_000, 10_000]
const ROUNDS = 5

const say = (line) => process.stdout.write(`${line}\n`)
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Moves the graph for two seconds, a step a frame, as somebody who drags it does; how many frames came in a second. */
async function framesWhilePanning(page) {
  const box = await page.getByRole('application').boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.evaluate(`globalThis.frames = 0, globalThis.isCounting = true, (function next() {
    globalThis.frames++
    if (globalThis.isCounting) requestAnimationFrame(next)
  })()`)
  const begun = performance.now()
  for (let step = 0; performance.now() - begun < 2_000; step++)
    await page.mouse.move(
      box.x + box.width / 2 + 90 * Math.sin(step / 9),
      box.y + box.height / 2 + (step % 40),
    )
  const frames = await page.evaluate('globalThis.isCounting = false, globalThis.frames')
  const seconds = (performance.now() - begun) / 1_000
  await page.mouse.up()
  return frames / seconds
}

const given = process.argv[2]
const server = given === undefined ? await startServer() : { url: given, stop: async () => {} }
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  say('| assets | until it can be walked in | of that the answer | frames/s while panning |')
  say('|---:|---:|---:|---:|')
  for (const count of SIZES) {
    await record(server.url, layeredRecordings(count, { namespace: `bench-${count}` }))
    const times = []
    const answers = []
    const frames = []
    for (let round = 0; round <= ROUNDS; round++) {
      const address = `${server.url}/asset?namespace=bench-${count}&key=raw/source&direction=DOWNSTREAM&depth=100&limit=${count}`
      const begun = performance.now()
      await page.goto(address)
      await page.locator(`[role=application][aria-busy=false][data-nodes="${count}"]`).waitFor()
      const time = performance.now() - begun
      const answered = await page.evaluate(
        `Math.max(...performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/graphql')).map(({ duration }) => duration))`,
      )
      // The first is for the server to warm up.
      if (round === 0) continue
      times.push(time)
      answers.push(answered)
      frames.push(await framesWhilePanning(page))
    }
    const seconds = (values) => `${(median(values) / 1_000).toFixed(2)} s`
    say(
      `| ${count.toLocaleString('en')} | ${seconds(times)} | ${seconds(answers)} | ${median(frames).toFixed(0)} |`,
    )
  }
} finally {
  await browser.close()
  await server.stop()
}
