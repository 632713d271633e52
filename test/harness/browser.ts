import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'
import { type Browser, chromium } from 'playwright-core'

const CHROMIUM = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const executablePath = CHROMIUM.find((path) => path !== undefined && existsSync(path))

/** `describe` where there is a browser to test with. CI installs one and insists on it. */
export const inBrowser: typeof describe | typeof describe.skip =
  executablePath === undefined && process.env['CI'] === undefined ? describe.skip : describe

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
}
