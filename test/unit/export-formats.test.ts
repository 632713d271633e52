import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Asset } from '../../src/lineage/entities.js'
import { exportRows } from '../../src/lineage/export/export-rows.js'
import { FORMATS } from '../../src/lineage/export/formats.js'
import { PackedNodes } from '../../src/lineage/export/packed-nodes.js'
import { type Format, parseExport } from '../harness/exports.js'

/** Names as recordings may have them: anything but control characters, and half of a surrogate pair. */
const special = fc.constantFrom(
  ...'"\\#;&|[](){}<>%,-=`:/ \'',
  '\\N',
  '#quot;',
  '&amp;',
  '--> n1',
  '%%',
  '//',
  ' ',
)
const name = fc
  .array(fc.oneof({ weight: 2, arbitrary: special }, fc.string({ unit: 'binary', maxLength: 2 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join('').replace(/\p{Control}/gu, ''))
  .filter((text) => text !== '')

const asset = fc.record({
  namespace: name,
  key: name,
  kind: name,
  description: fc.option(fc.string({ unit: 'binary' })),
})

const idOf = (at: number) => `00000000-0000-5000-8000-${String(at).padStart(12, '0')}`

test.each(Object.keys(FORMATS) as Format[])('%s gives back every name as it was', async (format) => {
  await fc.assert(
    fc.asyncProperty(fc.array(asset, { minLength: 2, maxLength: 4 }), async (names) => {
      const nodes = new PackedNodes()
      nodes.append(
        names.map((_, at) => idOf(at)),
        7,
      )
      const rows = names.map(
        (one, at): Asset => ({
          ...one,
          assetId: idOf(at),
          kinds: [],
          tags: {},
          owners: [],
          createdAt: new Date(0),
          updatedAt: new Date(0),
          retiredAt: null,
        }),
      )
      // From the first to each of the others, over as many as their places say.
      const others = rows.slice(1)
      const links = {
        count: others.length,
        first: Int32Array.from([0, ...rows.keys()]),
        upstream: new Int32Array(others.length),
        viaCount: Int32Array.from(others.keys()),
      }
      const plan = { nodes, links, stoppedBy: ['DEPTH' as const, 'FILTER' as const], watermark: 'mark' }
      const written = FORMATS[format]({ eventTime: new Date(0), producer: 'urn:test' })
      const fetchRows = async (ids: readonly string[]) =>
        ids.map((id) => rows.find(({ assetId }) => assetId === id) ?? null)
      let text = ''
      for await (const piece of exportRows(plan, written, { assets: fetchRows, otherNames: async () => [] }))
        text += piece

      const fullNames = rows.map(({ namespace, key }) => `${namespace}/${key}`)
      expect(parseExport(format, text)).toEqual({
        nodes: fullNames,
        distances: format === 'mermaid' ? [] : rows.map(() => 7),
        edges: others.map((_, at) => `${fullNames[0]} > ${fullNames[at + 1]} over ${at}`),
        trailer: {
          nodes: rows.length,
          edges: others.length,
          complete: false,
          stoppedBy: ['DEPTH', 'FILTER'],
          watermark: 'mark',
        },
      })
    }),
    { numRuns: 1_000 },
  )
})
