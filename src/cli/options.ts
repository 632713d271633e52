import { InvalidArgumentError, Option } from 'commander'

const DEFAULT_URL = 'http://127.0.0.1:4000'

/** `--url`: where the server answers. */
export function urlOption(): Option {
  return new Option('--url <url>', 'where the server answers')
    .env('HEADWATER_URL')
    .default(graphqlUrl(DEFAULT_URL), DEFAULT_URL)
    .argParser(graphqlUrl)
}

/** `--token`: by which the server knows who asks. Without a parser: commander repeats what it refuses. */
export function tokenOption(): Option {
  return new Option('--token <token>', 'to show to the server, where it asks for one').env('HEADWATER_TOKEN')
}

/** The URL of the API of a server, given that or the server's own. */
function graphqlUrl(text: string): URL {
  // An empty variable is how many tools unset one.
  const given = text === '' ? DEFAULT_URL : text
  if (!URL.canParse(given)) throw new InvalidArgumentError(`Expected a URL, e.g. ${DEFAULT_URL}.`)
  const url = new URL(given)
  if (!['http:', 'https:'].includes(url.protocol)) throw new InvalidArgumentError('Expected http or https.')
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('Expected a URL without a user and a password.')
  }
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`
  return url
}

const MINUTE_MS = 60_000
const UNITS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS } as const
const MOST_DAYS = 36_500

/** Reads minutes, hours or days, as ms. `leastMs`: of the shortest, which is named `least`. */
export function duration(least = '1m', leastMs: number = MINUTE_MS): (text: string) => number {
  return (text) => {
    const [, count, unit] = /^(\d{1,8})([mhd])$/.exec(text) ?? []
    const ms = unit === undefined ? 0 : Number(count) * UNITS[unit as keyof typeof UNITS]
    if (ms < leastMs || ms > MOST_DAYS * UNITS.d)
      throw new InvalidArgumentError(
        `Expected minutes, hours or days from ${least} to ${MOST_DAYS}d, e.g. 30m, 12h, 90d.`,
      )
    return ms
  }
}

/** Reads a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    }
    return value
  }
}
