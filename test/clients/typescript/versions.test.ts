import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { AssetTracker, computeAssetVersion, computeVersion } from '../../../clients/typescript/src/index.js'

/** Made with sha256sum, by test/vectors/make-asset-versions.sh. */
interface Vectors {
  assetVersions: {
    name: string
    payloadHex: string | null
    code: string
    prompt: string | null
    upstream: string[] | null
    v: string
    v2: string
  }[]
  partVersions: { name: string; partsHex: string[]; v: string }[]
}

const path = join(import.meta.dirname, '../../vectors/asset-versions.json')
const { assetVersions, partVersions }: Vectors = JSON.parse(await readFile(path, 'utf8'))

describe.each(assetVersions)('the version of: $name', ({ payloadHex, code, prompt, upstream, v, v2 }) => {
  const parts = {
    payloadBytes: payloadHex === null ? null : Buffer.from(payloadHex, 'hex'),
    codeFingerprint: code,
    promptFingerprint: prompt,
    upstreamVersions: upstream,
  }

  test('is the reference’s', async () => {
    expect(await AssetTracker.computeAssetVersion(parts)).toBe(v)
  })

  test('under the scheme v2 is that of parts with their lengths', async () => {
    expect(await computeAssetVersion(parts, 'v2')).toBe(v2)
  })

  test('a scheme may have its colon', async () => {
    expect(await computeAssetVersion(parts, 'v:')).toBe(v)
    expect(await computeAssetVersion(parts, 'v2:')).toBe(v2)
  })
})

test('another scheme is refused', async () => {
  await expect(computeAssetVersion({ codeFingerprint: 'c' }, 'v3' as 'v2')).rejects.toThrow(
    `scheme: expected 'v:' or 'v2:', got "v3"`,
  )
})

test.each(partVersions)('the version of parts: $name', async ({ partsHex, v }) => {
  expect(await computeVersion(...partsHex.map((hex) => Buffer.from(hex, 'hex')))).toBe(v)
})

test('parts may be text, and what is not there counts for nothing', async () => {
  const version = await AssetTracker.computeVersion('größe', null, undefined, '', 'x')
  expect(version).toBe(await computeVersion(Buffer.from('größex')))
})

test('the order of upstream versions does not matter, and is left as it was', async () => {
  const upstreamVersions = Object.freeze(['b', 'a'])
  const of = (versions: readonly string[]) =>
    computeAssetVersion({ codeFingerprint: 'c', upstreamVersions: versions })
  expect(await of(upstreamVersions)).toBe(await of(['a', 'b']))
})

test('upstream versions are sorted by their bytes, a beginning before what it begins', async () => {
  const version = await computeAssetVersion({
    codeFingerprint: 'c',
    upstreamVersions: ['d', 'ab', 'a', 'c9', 'b'],
  })
  expect(version).toBe(`v:sha256:${createHash('sha256').update('ca|ab|b|c9|d').digest('hex')}`)
})
