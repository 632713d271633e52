import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { buildSchema, parse, validate } from 'graphql'
import { queryText } from '../../../explorer/src/asset/query-text.js'
import { readAssetSearch } from '../../../explorer/src/asset/search.js'
import { badgeAt } from '../../../explorer/src/graph/draw/badges.js'
import { culled } from '../../../explorer/src/graph/draw/labels.js'
import { COLOURS, type Palette } from '../../../explorer/src/graph/draw/palette.js'
import { nodeAt as nodeUnder, sceneOf, stepFrom } from '../../../explorer/src/graph/draw/scene.js'
import { fitting, revealing, seenBy } from '../../../explorer/src/graph/draw/view.js'
import { shortened } from '../../../explorer/src/graph/draw/words.js'
import { svgOf } from '../../../explorer/src/graph/export/svg.js'
import { layoutGraphOf, layoutOf } from '../../../explorer/src/graph/layout/lay-out.js'
import { layered } from '../../../explorer/src/graph/layout/layered.js'
import { CARD } from '../../../explorer/src/graph/layout/layout-graph.js'
import { type Graph, unseenOf } from '../../../explorer/src/graph/model/graph.js'
import { edgeBetween, graphOf, nodeAt, nodeId } from './graphs.js'

const LOOK = { root: nodeId(0), selected: null, lit: null, path: new Set<string>() }
const palette = Object.fromEntries(COLOURS.map((name) => [name, '#123456'])) as Palette
const NOTHING = { upstream: new Set<string>(), downstream: new Set<string>() }
const drawn = (graph: Graph) =>
  sceneOf(graph, layoutOf(graph, layered(layoutGraphOf(graph))), unseenOf(graph), NOTHING)

describe('a scene', () => {
  const scene = drawn(
    graphOf([
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ]),
  )

  test('is walked in by steps: along edges, and within a column', () => {
    expect(stepFrom(scene, nodeId(0), 'left')).toBe(null)
    const first = stepFrom(scene, nodeId(0), 'right')
    const second = stepFrom(scene, first?.id ?? '', 'down') ?? stepFrom(scene, first?.id ?? '', 'up')
    expect([first?.id, second?.id].sort()).toEqual([nodeId(1), nodeId(2)])
    expect(stepFrom(scene, nodeId(1), 'right')?.id).toBe(nodeId(3))
    expect(stepFrom(scene, nodeId(3), 'up')).toBe(null)
  })

  test('knows what is at a point, badges before cards', () => {
    const open = drawn({ nodes: [nodeAt(0, { downstream: 12 })], edges: [] })
    const [node] = open.nodes
    expect(nodeUnder(open, (node?.x ?? 0) + 5, (node?.y ?? 0) + 5)?.id).toBe(nodeId(0))
    expect(nodeUnder(open, (node?.x ?? 0) - 5, (node?.y ?? 0) + 5)).toBe(null)
    const corner = { x: (node?.x ?? 0) + CARD.width - 6, y: (node?.y ?? 0) + CARD.height + 2 }
    expect(badgeAt(open.nodes, corner.x, corner.y)?.way).toBe('downstream')
  })

  test('is seen whole when it is fitted, and a card when it is revealed', () => {
    const view = fitting(scene.bounds, 400, 300)
    const box = seenBy(view, 400, 300)
    expect(box.left).toBeLessThan(scene.bounds.left)
    expect(box.right).toBeGreaterThan(scene.bounds.right)
    const moved = seenBy(revealing({ k: 1, x: 5_000, y: -5_000 }, { x: 0, y: 0 }, 400, 300), 400, 300)
    expect(
      moved.left <= 0 && moved.top <= 0 && moved.right >= CARD.width && moved.bottom >= CARD.height,
    ).toBe(true)
  })
})

describe('labels', () => {
  test('never overlap, and name the root before all others', () => {
    const size = fc.integer({ min: 1, max: 80 })
    fc.assert(
      fc.property(size, size, fc.double({ min: 0.02, max: 0.5, noNaN: true }), (across, down, k) => {
        const nodes = Array.from({ length: Math.min(1_000, across * down) }, (_, at) => nodeAt(at))
        const places = new Map(
          nodes.map(({ id }, at) => [id, { x: (at % across) * 288, y: Math.floor(at / across) * 64 }]),
        )
        const scene = sceneOf({ nodes, edges: [] }, { places, bends: new Map() }, new Map(), NOTHING)
        const labels = culled(scene.nodes, { k, x: 0, y: 0 }, LOOK)
        expect(labels[0]?.id).toBe(nodeId(0))
        const overlaps = labels.flatMap((one, at) =>
          labels
            .slice(at + 1)
            .filter(
              (other) =>
                one.x < other.x + other.width &&
                other.x < one.x + one.width &&
                Math.abs(one.y - other.y) < 16,
            ),
        )
        expect(overlaps).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('are cut in the middle, never longer than asked for', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 6, max: 40 }), (name, most) => {
        const text = shortened(name, most)
        expect(text.length).toBeLessThanOrEqual(most)
        if (name.length <= most) expect(text).toBe(name)
      }),
    )
    expect(shortened('warehouse/marts/finance/orders_daily', 20)).toBe('wareho…/orders_daily')
  })
})

describe('the SVG of a scene', () => {
  test('holds every card and edge, and is well-formed whatever assets are called', () => {
    const graph = {
      nodes: [
        nodeAt(0, { key: '<b> & "quotes" \u0001', downstream: 2 }),
        nodeAt(1, { change: 'removed', status: 'MISSING' }),
      ],
      edges: [edgeBetween(0, 1, { change: 'removed' }), edgeBetween(1, 0, { isBack: true })],
    }
    const svg = svgOf(drawn(graph), LOOK, palette, 'Lineage of <b>')
    expect(svg).toContain('<title>Lineage of &lt;b&gt;</title>')
    expect(svg.match(/<g /g)).toHaveLength(4)
    expect(svg).toContain('>cycle</text>')
    expect(svg).toContain('>+2</text>')
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('of nothing is a picture too', () => {
    expect(isWellFormed(svgOf(drawn({ nodes: [], edges: [] }), LOOK, palette, ''))).toBe(true)
  })

  /** Whether its tags close each other, and nothing in text or attributes could open another. */
  function isWellFormed(xml: string): boolean {
    const open: string[] = []
    const rest = xml.replaceAll(
      /<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>/g,
      (_, close, name, __, alone) => {
        if (close === '/') return open.pop() === name ? '' : '<'
        if (alone !== '/') open.push(name)
        return ''
      },
    )
    return open.length === 0 && !/[<]|&(?!amp;|lt;|gt;|quot;)/.test(rest)
  }
})

describe('the query of a view', () => {
  test('fits the schema, whatever the view', async () => {
    const schema = buildSchema(await readFile('schema/schema.graphql', 'utf8'))
    for (const search of [
      { key: 'a "b"' },
      {
        key: 'a',
        opened: [
          ['upstream', 'n', 'b'],
          ['downstream', 'n', 'c'],
        ],
        limit: 50_000,
      },
      {
        key: 'a',
        asOf: '2026-01-02T00:00:00Z',
        since: '2026-01-01T00:00:00Z',
        from: ['n', 'a'],
        to: ['n', 'b'],
      },
    ])
      expect(validate(schema, parse(queryText(readAssetSearch(search))))).toEqual([])
  })
})
