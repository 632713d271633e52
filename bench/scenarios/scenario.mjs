/** Median time to an answer, in ms. */
export const LATENCY = { name: 'p50, ms', isLessBetter: true, of: ({ p50 }) => p50 }

/** Answers a second. */
export const RATE = { name: 'per second', isLessBetter: false, of: ({ perSecond }) => perSecond }

/**
 * Something that is measured.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {Load[]} loads
 * @property {(bench: import('../bench.mjs').Bench) => Promise<Prepared>} prepare starts what it needs, and compares
 *   the sides' answers: throws where they differ
 */

/**
 * @typedef {object} Prepared
 * @property {string} what it is, as the page has it, with what this run's graph made of it
 * @property {import('../measure/side.mjs').Side[]} sides Headwater first, then those it is held against
 * @property {() => Promise<import('../measure/finding.mjs').Finding[]>} [finish] after the last load: checks and
 *   tidies up what is left behind, and may add findings
 */

/**
 * @typedef {object} Load
 * @property {number} connections the number of requests under way at once
 * @property {typeof LATENCY} figure
 * @property {Record<string, import('../measure/target.mjs').Target>} [targets] by the name of the side
 * @property {string} [chart] the chart that shows the medians
 */
