import { styleText } from 'node:util'

/**
 * Lets output end early: with `| head`, what reads it is gone before everything is written, which is no failure.
 */
export function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  // Diagnostics that nobody reads must not stop the work.
  process.stderr.on('error', () => undefined)
}

/** Writes results, as fast as they are read. */
export async function print(lines: Iterable<string>): Promise<void> {
  for (const line of lines) {
    if (!process.stdout.write(`${line}\n`)) {
      await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  }
}

/** One line for whoever watches: never a result. Takes the place of a progress bar, which draws itself again. */
export function tell(line: string): void {
  const clear = process.stderr.isTTY ? '\r\u001b[K' : ''
  process.stderr.write(`${clear}${oneLine(line)}\n`)
}

/** Text from elsewhere cannot break a line, or steer a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Control}+/gu, ' ')
}

/** Bold and dim, where standard output is a terminal with colours; NO_COLOR turns them off. */
export function style(format: 'bold' | 'dim', text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(format, text) : text
}
