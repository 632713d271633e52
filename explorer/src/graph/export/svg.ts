import { badgesOf } from '../draw/badges.js'
import { cardOf, edgeTextOf, type Look, strokeOf } from '../draw/look.js'
import { type Palette, STATUS_COLOURS } from '../draw/palette.js'
import { middleOf, type PlacedEdge, type PlacedNode, type Scene } from '../draw/scene.js'
import { detailOf, shortened } from '../draw/words.js'
import { CARD } from '../layout/layout-graph.js'

const MARGIN = 40
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif'

/** A whole scene as an SVG file; `title` says what it shows. */
export function svgOf(scene: Scene, look: Look, palette: Palette, title: string): string {
  const { left, top, right, bottom } = scene.bounds
  const isEmpty = scene.nodes.length === 0
  const [x, y] = isEmpty ? [0, 0] : [left - MARGIN, top - MARGIN]
  const [width, height] = isEmpty ? [1, 1] : [right - left + 2 * MARGIN, bottom - top + 3 * MARGIN]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${n(x)} ${n(y)} ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}" font-family="${FONT}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${palette.ground}"/>`,
    ...scene.edges.map((edge) => edgeSvg(edge, look, palette)),
    ...scene.nodes.map((node) => nodeSvg(node, look, palette)),
    '</svg>\n',
  ].join('\n')
}

function edgeSvg(edge: PlacedEdge, look: Look, palette: Palette): string {
  const { colour, width, dash, opacity } = strokeOf(edge, look, palette, 1)
  const [x1, y1, ...pieces] = edge.curve.map(n)
  const tip = `M${edge.curve.slice(-2).map(n).join(' ')}l-9 -5v10z`
  const text = edgeTextOf(edge)
  const { x, y } = middleOf(edge.curve)
  const dashes = dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`
  return (
    `<g opacity="${n(opacity)}"><path d="M${x1} ${y1}C${pieces.join(' ')}" fill="none" stroke="${colour}" stroke-width="${n(width)}"${dashes}/>` +
    `<path d="${tip}" fill="${colour}"/>${
      text === null
        ? ''
        : `<text x="${n(x)}" y="${n(y + 4)}" font-size="11" text-anchor="middle" fill="${colour}" stroke="${palette.ground}" stroke-width="4" paint-order="stroke">${escaped(text)}</text>`
    }</g>`
  )
}

function nodeSvg(node: PlacedNode, look: Look, palette: Palette): string {
  const { opacity, fill, border, width, dash } = cardOf(node, look, palette)
  const { x, y, status } = node
  const dashes = dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`
  return [
    `<g opacity="${n(opacity)}"><title>${escaped(`${node.namespace} ${node.key}`)}</title>`,
    `<rect x="${n(x)}" y="${n(y)}" width="${CARD.width}" height="${CARD.height}" rx="8" fill="${fill}" stroke="${border}" stroke-width="${n(width)}"${dashes}/>`,
    status === null ? '' : statusSvg(status, x + 18, y + CARD.height / 2, palette[STATUS_COLOURS[status]]),
    `<text x="${n(x + 34)}" y="${n(y + 19)}" font-size="13" font-weight="500" fill="${palette.text}">${escaped(shortened(node.key, 25))}</text>`,
    `<text x="${n(x + 34)}" y="${n(y + 34)}" font-size="11" fill="${palette.soft}">${escaped(shortened(detailOf(node), 30))}</text>`,
    ...badgesOf(node)
      .filter(({ text }) => text !== '−')
      .map(
        (badge) =>
          `<rect x="${n(badge.x)}" y="${n(badge.y)}" width="${n(badge.width)}" height="18" rx="9" fill="${palette['accent-ground']}" stroke="${palette.accent}"/>` +
          `<text x="${n(badge.x + badge.width / 2)}" y="${n(badge.y + 13)}" font-size="11" font-weight="600" text-anchor="middle" fill="${palette.accent}">${badge.text}</text>`,
      ),
    '</g>',
  ].join('')
}

function statusSvg(status: NonNullable<PlacedNode['status']>, x: number, y: number, colour: string): string {
  if (status === 'STALE') return `<path d="M${n(x)} ${n(y - 6)}l6 10.8h-12z" fill="${colour}"/>`
  if (status === 'RETIRED')
    return `<rect x="${n(x - 6)}" y="${n(y - 1.5)}" width="12" height="3" fill="${colour}"/>`
  if (status === 'MISSING')
    return `<circle cx="${n(x)}" cy="${n(y)}" r="4.5" fill="none" stroke="${colour}" stroke-width="1.8"/>`
  return `<circle cx="${n(x)}" cy="${n(y)}" r="4.8" fill="${colour}"/>`
}

/** A number in few digits. */
const n = (value: number) => String(Math.round(value * 10) / 10)

/** Control characters are no part of XML; keys have none, but other names may. */
const escaped = (text: string) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it.
    .replaceAll(/[\u0000-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
