import { CARD } from '../layout/layout-graph.js'
import { type Badge, badgesOf } from './badges.js'
import { culled, type Label } from './labels.js'
import { cardOf, edgeTextOf, type Look, opacityFor, strokeOf } from './look.js'
import { type Palette, STATUS_COLOURS } from './palette.js'
import { type Box, type Curve, middleOf, type PlacedEdge, type PlacedNode, type Scene } from './scene.js'
import { seenBy, type View } from './view.js'
import { detailOf, shortened } from './words.js'

/** From here on cards can be read. */
export const READABLE = 0.5
/** Up to here a mark in a card would be a speck. */
const FAR = 0.12
/** The size of a mark in a card without words. */
const MARK = 15
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
/** So many edges are still drawn as curves, with arrows. */
const MOST_CURVES = 4_000

/** Draws what can be seen of a scene; what lies outside costs a comparison. */
export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  { width, height, ratio }: { width: number; height: number; ratio: number },
  look: Look,
  palette: Palette,
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.globalAlpha = 1
  context.fillStyle = palette.ground
  context.fillRect(0, 0, width, height)
  context.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y)
  const box = seenBy(view, width, height)
  const edges = scene.edges.filter((edge) => mayBeSeen(edge.box, box))
  const nodes = scene.nodes.filter(
    ({ x, y }) =>
      x <= box.right && x + CARD.width >= box.left && y <= box.bottom && y + CARD.height >= box.top,
  )
  paintEdges(context, edges, view, look, palette)
  if (view.k >= READABLE) {
    for (const node of nodes) paintCard(context, node, look, palette)
    for (const edge of edges) paintEdgeText(context, edge, look, palette)
    return
  }
  for (const node of nodes) paintMark(context, node, view, look, palette)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  paintLabels(context, culled(nodes, view, look, width), palette)
}

const mayBeSeen = (one: Box, other: Box) =>
  one.right >= other.left && one.left <= other.right && one.bottom >= other.top && one.top <= other.bottom

/** Edges that look alike go into one path, so many at a time that drawing it stays quick. */
function paintEdges(
  context: CanvasRenderingContext2D,
  edges: readonly PlacedEdge[],
  view: View,
  look: Look,
  palette: Palette,
): void {
  const isFine = edges.length <= MOST_CURVES
  const opacity = opacityFor(edges.length)
  const alike = new Map<string, PlacedEdge[]>()
  for (const edge of edges) {
    const { colour, width, dash, opacity: alpha } = strokeOf(edge, look, palette, opacity)
    const style = JSON.stringify([colour, width, dash, alpha])
    const known = alike.get(style)
    if (known === undefined) alike.set(style, [edge])
    else known.push(edge)
  }
  for (const [style, some] of alike) {
    const [colour, width, dash, alpha] = JSON.parse(style) as [string, number, number[], number]
    context.globalAlpha = alpha
    context.strokeStyle = colour
    context.fillStyle = colour
    // Never thinner than a pixel: thinner lines flicker.
    context.lineWidth = Math.max(width, 1 / view.k)
    context.setLineDash(isFine ? dash : [])
    for (let at = 0; at < some.length; at += 200) {
      context.beginPath()
      for (const { curve, isBack } of some.slice(at, at + 200)) trace(context, curve, isFine || isBack)
      context.stroke()
    }
    context.setLineDash([])
    if (view.k < 0.2 || !isFine) continue
    context.beginPath()
    for (const { curve } of some) {
      const [x = 0, y = 0] = curve.slice(-2)
      context.moveTo(x, y)
      context.lineTo(x - 9, y - 5)
      context.lineTo(x - 9, y + 5)
      context.closePath()
    }
    context.fill()
  }
  context.globalAlpha = 1
}

function trace(context: CanvasRenderingContext2D, curve: Curve, isFine: boolean): void {
  context.moveTo(curve[0] ?? 0, curve[1] ?? 0)
  for (let at = 2; at < curve.length; at += 6) {
    const [x = 0, y = 0] = [curve[at + 4], curve[at + 5]]
    if (!isFine) context.lineTo(x, y)
    else
      context.bezierCurveTo(curve[at] ?? 0, curve[at + 1] ?? 0, curve[at + 2] ?? 0, curve[at + 3] ?? 0, x, y)
  }
}

function paintEdgeText(
  context: CanvasRenderingContext2D,
  edge: PlacedEdge,
  { lit }: Look,
  palette: Palette,
): void {
  const text = edgeTextOf(edge)
  if (text === null || (lit !== null && !(lit.has(edge.from) && lit.has(edge.to)))) return
  const { x, y } = middleOf(edge.curve)
  context.font = `11px ${FONT}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const width = context.measureText(text).width + 8
  context.fillStyle = palette.ground
  context.fillRect(x - width / 2, y - 8, width, 16)
  context.fillStyle = edge.isBack ? palette.bad : palette.soft
  context.fillText(text, x, y)
  context.textAlign = 'left'
}

function paintCard(context: CanvasRenderingContext2D, node: PlacedNode, look: Look, palette: Palette): void {
  const { opacity, fill, border, width, dash } = cardOf(node, look, palette)
  const { x, y } = node
  // Edges must not shine through, however faded the card is.
  context.globalAlpha = 1
  context.fillStyle = palette.ground
  context.beginPath()
  context.roundRect(x, y, CARD.width, CARD.height, 8)
  context.fill()
  context.globalAlpha = opacity
  context.fillStyle = fill
  context.fill()
  context.strokeStyle = border
  context.lineWidth = width
  context.setLineDash(dash)
  context.stroke()
  context.setLineDash([])
  if (node.members > 1) {
    context.beginPath()
    context.roundRect(x + 4, y - 4, CARD.width - 8, 4, [8, 8, 0, 0])
    context.stroke()
  }
  if (node.status !== null) {
    context.fillStyle = palette[STATUS_COLOURS[node.status]]
    context.strokeStyle = context.fillStyle
    traceStatus(context, node.status, x + 18, y + CARD.height / 2, 6)
  }
  context.textBaseline = 'alphabetic'
  context.fillStyle = palette.text
  context.font = `500 13px ${FONT}`
  context.fillText(shortened(node.key, 25), x + 34, y + 19, CARD.width - 44)
  context.fillStyle = palette.soft
  context.font = `11px ${FONT}`
  context.fillText(shortened(detailOf(node), 30), x + 34, y + 34, CARD.width - 44)
  for (const badge of badgesOf(node)) paintBadge(context, badge, palette)
  context.globalAlpha = 1
}

function paintBadge(context: CanvasRenderingContext2D, { text, x, y, width }: Badge, palette: Palette): void {
  context.beginPath()
  context.roundRect(x, y, width, 18, 9)
  context.fillStyle = palette['accent-ground']
  context.fill()
  context.strokeStyle = palette.accent
  context.lineWidth = 1
  context.stroke()
  context.fillStyle = palette.accent
  context.font = `600 11px ${FONT}`
  context.textAlign = 'center'
  context.fillText(text, x + width / 2, y + 13)
  context.textAlign = 'left'
}

/** A card without words where they could not be read: the mark in it, and from far away its colour alone. */
function paintMark(
  context: CanvasRenderingContext2D,
  node: PlacedNode,
  { k }: View,
  look: Look,
  palette: Palette,
): void {
  const { opacity, fill, border } = cardOf(node, look, palette)
  const { x, y } = node
  context.globalAlpha = opacity
  context.fillStyle = palette[node.status === null ? 'soft' : STATUS_COLOURS[node.status]]
  context.strokeStyle = context.fillStyle
  if (k < FAR) {
    // What needs to be looked at stands out from what does not.
    context.globalAlpha = opacity * (node.status === 'STALE' ? 0.9 : 0.4)
    context.fillRect(x, y, CARD.width, CARD.height)
    context.globalAlpha = opacity
  } else {
    const colour = context.fillStyle
    context.fillStyle = fill
    context.fillRect(x, y, CARD.width, CARD.height)
    context.strokeStyle = border
    context.lineWidth = 1 / k
    context.strokeRect(x, y, CARD.width, CARD.height)
    context.fillStyle = colour
    context.strokeStyle = colour
    if (node.status !== null)
      traceStatus(context, node.status, x + CARD.height / 2, y + CARD.height / 2, MARK)
  }
  if (node.id === look.root) {
    context.strokeStyle = palette.accent
    context.lineWidth = 2 / k
    context.strokeRect(x - 3 / k, y - 3 / k, CARD.width + 6 / k, CARD.height + 6 / k)
  }
  context.globalAlpha = 1
}

/** The shape of a status: as StatusMark has it. */
function traceStatus(
  context: CanvasRenderingContext2D,
  status: NonNullable<PlacedNode['status']>,
  x: number,
  y: number,
  r: number,
): void {
  context.beginPath()
  if (status === 'STALE') {
    context.moveTo(x, y - r)
    context.lineTo(x + r, y + 0.8 * r)
    context.lineTo(x - r, y + 0.8 * r)
    context.fill()
  } else if (status === 'RETIRED') {
    context.fillRect(x - r, y - 0.25 * r, 2 * r, 0.5 * r)
  } else if (status === 'MISSING') {
    context.lineWidth = 0.3 * r
    context.arc(x, y, 0.75 * r, 0, 2 * Math.PI)
    context.stroke()
  } else {
    context.arc(x, y, 0.8 * r, 0, 2 * Math.PI)
    context.fill()
  }
}

function paintLabels(context: CanvasRenderingContext2D, labels: readonly Label[], palette: Palette): void {
  context.font = `11px ${FONT}`
  context.textBaseline = 'middle'
  context.lineWidth = 3
  context.lineJoin = 'round'
  context.strokeStyle = palette.ground
  context.fillStyle = palette.text
  for (const { text, x, y } of labels) {
    context.strokeText(text, x, y)
    context.fillText(text, x, y)
  }
}
