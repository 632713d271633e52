import { digits, sayTimes } from '../measure/target.mjs'
import { machine, versions } from './circumstances.mjs'

/**
 * The findings and what they were measured on, in Markdown.
 *
 * @param {import('../measure/finding.mjs').Finding[]} findings
 * @param {{ bench: import('../bench.mjs').Bench, postgresVersion: string }} run
 */
export function reportOf(findings, { bench, postgresVersion }) {
  return [
    '| what | clients | figure | Headwater | beside | | ratio | target |',
    '|---|---:|---|---:|---|---:|---:|---:|',
    ...findings.map((finding) => `| ${cellsOf(finding).join(' | ')} |`),
    '',
    `- Graphs: ${bench.graphs.map(sizeOf).join('; ')}; seed ${bench.seed}.`,
    `- Machine: ${machine()}.`,
    `- ${versions(postgresVersion)}.`,
    `- Command: \`${commandLine()}\`.`,
    '',
  ].join('\n')
}

function sizeOf({ assets, edges }) {
  return `${assets.toLocaleString('en-US')} assets, ${edges.toLocaleString('en-US')} edges`
}

function cellsOf({ what, connections, figure, ours, peer, value, target }) {
  const ratio = peer === null ? '' : `**${(target?.say ?? sayTimes)(value)}**`
  const missed = target !== null && !target.isMet(value) ? ', missed' : ''
  return [
    what,
    connections ?? '',
    figure,
    digits(ours),
    peer?.name ?? '',
    peer === null ? '' : digits(peer.theirs),
    ratio,
    target === null ? '' : `${target.text}${missed}`,
  ]
}

function commandLine() {
  const given = process.argv.slice(2)
  return ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ')
}
