const WIDTH = 720
const HEIGHT = 400
const PLOT = { left: 64, right: 590, top: 56, bottom: 340 }

/** The least distance of two labels, in px. */
const LINE = 18

/** On each of the two papers, what is readable there. */
const LIGHT = { paper: '#fcfcfb', ink: '#1f1f1e', faint: '#62615c', grid: '#dddcd6' }
const DARK = { paper: '#1a1a19', ink: '#f1f0ec', faint: '#b3b1aa', grid: '#3a3a38' }
const LIGHT_LINES = ['#1f66c1', '#b8490f', '#0f7a5a']
const DARK_LINES = ['#6aa9f5', '#f08a52', '#3fbf94']

/** Dark where the reader's system is. */
const STYLE = `
  svg { font: 13px system-ui, sans-serif } .line { fill: none; stroke-width: 2 } .dot { stroke-width: 1.5 }
  ${coloursOf(LIGHT, LIGHT_LINES)}
  @media (prefers-color-scheme: dark) { ${coloursOf(DARK, DARK_LINES)} }`

function coloursOf({ paper, ink, faint, grid }, lines) {
  return [
    `.paper { fill: ${paper} } .dot { stroke: ${paper} }`,
    `.ink { fill: ${ink} } .faint { fill: ${faint} } .grid { stroke: ${grid} }`,
    ...lines.map((line, at) => `.line${at} { stroke: ${line} } .dot${at}, .label${at} { fill: ${line} }`),
  ].join(' ')
}

/**
 * Lines in a picture, as SVG.
 *
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.xName
 * @param {string} chart.yName
 * @param {(values: number[]) => import('./axis.mjs').Axis} chart.xAxis
 * @param {(values: number[]) => import('./axis.mjs').Axis} chart.yAxis
 * @param {Map<string, { x: number, y: number }[]>} chart.lines by name; at most three
 */
export function chartOf({ title, xName, yName, xAxis, yAxis, lines }) {
  const points = [...lines.values()].flat()
  const horizontal = xAxis(points.map(({ x }) => x))
  const vertical = yAxis(points.map(({ y }) => y))
  const left = (value) => round(PLOT.left + horizontal.at(value) * (PLOT.right - PLOT.left))
  const top = (value) => round(PLOT.bottom - vertical.at(value) * (PLOT.bottom - PLOT.top))
  const names = [...lines.keys()]
  const labels = apart(names.map((name) => top(lines.get(name).at(-1).y)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(PLOT.left, 24, title, 'ink', 'font-weight="600"'),
    text(PLOT.left, 43, yName, 'faint'),
    ...vertical.ticks.flatMap((tick) => [
      `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${top(tick)}" y2="${top(tick)}"/>`,
      text(PLOT.left - 8, top(tick) + 4, short(tick), 'faint', 'text-anchor="end"'),
    ]),
    ...horizontal.ticks.map((tick) =>
      text(left(tick), PLOT.bottom + 20, short(tick), 'faint', 'text-anchor="middle"'),
    ),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, xName, 'faint', 'text-anchor="middle"'),
    ...names.flatMap((name, at) => {
      const places = lines.get(name).map(({ x, y }) => ({ x, y, left: left(x), top: top(y) }))
      const path = places.map((place) => `${place.left},${place.top}`).join(' ')
      return [
        `<polyline class="line line${at}" points="${path}"/>`,
        ...places.map((place) => dot(place, `dot dot${at}`, `${name}, ${short(place.x)}: ${short(place.y)}`)),
        text(places.at(-1).left + 12, labels[at] + 4, name, `label${at}`, 'font-weight="600"'),
      ]
    }),
    '</svg>',
    '',
  ].join('\n')
}

function dot({ left, top }, className, what) {
  return `<circle class="${className}" cx="${left}" cy="${top}" r="4.5"><title>${what}</title></circle>`
}

function text(x, y, words, className, more = '') {
  return `<text class="${className}" x="${x}" y="${y}" ${more}>${words}</text>`
}

/** Moves what lies closer together than a line of text. */
function apart(places) {
  const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b])
  const moved = [...places]
  for (const [rank, at] of order.entries()) {
    if (rank > 0) moved[at] = Math.max(moved[at], moved[order[rank - 1]] + LINE)
  }
  return moved
}

const round = (number) => Math.round(number * 10) / 10

const short = (number) => Number(number.toPrecision(3)).toLocaleString('en-US')
