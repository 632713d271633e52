import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromZero, logarithmic } from './axis.mjs'
import { chartOf } from './chart.mjs'
import { ROOT } from './root.mjs'

const PAGE = join(ROOT, 'docs/benchmarks.md')
const BEGIN = '<!-- The rest is written by `npm run bench`. -->'

/** By the name that a load gives. */
const CHARTS = {
  'answer-size': {
    title: 'A flat walk: time to an answer, by the size of the answer',
    xName: 'nodes in the answer',
    yName: 'median for one client, ms',
    xAxis: logarithmic,
    yAxis: logarithmic,
  },
  'graph-size': {
    title: 'A flat walk of about 100 nodes: time to an answer, by the size of the graph',
    xName: 'assets in the graph, with 2.5 edges each',
    yName: 'median for one client, ms',
    xAxis: logarithmic,
    yAxis: fromZero,
  },
}

/**
 * Puts a report in the place of the last one, and the charts beside the page.
 *
 * @param {string} report
 * @param {import('../measure/measure.mjs').Figure[]} figures
 */
export function writePage(report, figures) {
  const pictures = Object.entries(CHARTS).map(([name, chart]) => {
    const file = `benchmarks-${name}.svg`
    writeFileSync(join(ROOT, 'docs', file), chartOf({ ...chart, lines: linesOf(figures, name) }))
    return `![${chart.title}](${file})`
  })
  const [prose] = readFileSync(PAGE, 'utf8').split(BEGIN)
  writeFileSync(PAGE, [`${prose}${BEGIN}`, report.trimEnd(), ...pictures].join('\n\n').concat('\n'))
}

function linesOf(figures, chart) {
  const lines = new Map()
  for (const { load, sides, medians } of figures) {
    if (load.chart !== chart) continue
    for (const [at, { point }] of sides.entries()) {
      if (point === undefined) continue
      const line = lines.get(point.series) ?? []
      lines.set(
        point.series,
        [...line, { x: point.x, y: medians[at] }].sort((a, b) => a.x - b.x),
      )
    }
  }
  return lines
}
