import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const PAGE = join(root, 'docs/benchmarks.md')
const BEGIN = '<!-- The rest is written by `npm run bench`. -->'
const PACKAGES = ['@apollo/server', 'graphql', 'type-graphql', '@prisma/client', 'pg', 'autocannon']

/** @param {import('./measure.mjs').Figure} figure */
const isMissed = ({ load, ratio }) => load.target !== null && ratio < load.target

/** @param {import('./measure.mjs').Figure[]} figures */
export function missedTargets(figures) {
  return figures
    .filter(isMissed)
    .map(
      ({ name, load, ratio }) =>
        `target missed: ${name}, ${load.figure.name}, ${load.connections} clients: expected ${load.target}×, got ${ratio.toFixed(1)}×`,
    )
}

/**
 * The figures and what they were measured on, in Markdown.
 *
 * @param {import('./measure.mjs').Figure[]} figures
 * @param {{ graph: ReturnType<import('./graph.mjs').randomGraph>, seed: number, postgres: string }} run
 */
export function reportOf(figures, { graph, seed, postgres }) {
  const edges = graph.upstream.reduce((sum, { length }) => sum + length, 0)
  const rows = figures.map(({ name, load, medians: [ours, theirs], ratio }) => [
    name,
    load.connections,
    load.figure.name,
    digits(ours),
    digits(theirs),
    `**${digits(ratio)}×**`,
    load.target === null ? '' : `≥ ${load.target}×`,
  ])
  const count = (number) => number.toLocaleString('en-US')
  return [
    '| what | clients | figure | Headwater | naive peer | ratio | target |',
    '|---|---:|---|---:|---:|---:|---:|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `- Graph: ${count(graph.size)} assets, ${count(edges)} edges, seed ${seed}.`,
    `- Machine: ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; ${process.platform} ${process.arch}.`,
    `- Node ${process.versions.node}, PostgreSQL ${postgres}; ${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ')}.`,
    `- Command: \`${commandLine()}\`.`,
    '',
  ].join('\n')
}

/** Three significant digits, and no more than are there. */
function digits(number) {
  return number >= 100 ? Math.round(number).toLocaleString('en-US') : String(Number(number.toPrecision(3)))
}

function commandLine() {
  const given = process.argv.slice(2)
  return ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ')
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** Puts a report in the place of the last one. */
export function writeReport(report) {
  const [prose] = readFileSync(PAGE, 'utf8').split(BEGIN)
  writeFileSync(PAGE, `${prose}${BEGIN}\n\n${report}`)
}
