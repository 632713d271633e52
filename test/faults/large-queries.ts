import { randomInt } from 'node:crypto'

/** The body of a request. */
export type Body = Buffer<ArrayBuffer>

/** Documents of 9,000 strings, as long as may be, each another. */
export function largeQueries(count: number): Body[] {
  return Array.from({ length: count }, () => {
    const query = `query Q${randomInt(2 ** 40)} { assets(filter: { keys: [${'"k" '.repeat(9_000)}] }) { totalCount } }`
    return Buffer.from(JSON.stringify({ query }))
  })
}

/** A server keeps documents parsed, up to 30 MiB of their JSON: they are full after this, and grow no more. */
export async function fillDocumentCache(url: string): Promise<void> {
  for (const body of largeQueries(45)) {
    const headers = { 'content-type': 'application/json' }
    await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text()
  }
}
