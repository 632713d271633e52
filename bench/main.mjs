// Measures Headwater beside its peers: docs/benchmarks.md says how.
import { Bench } from './bench.mjs'
import { providePostgres, versionOf } from './ground/postgres.mjs'
import { missedTargets } from './measure/finding.mjs'
import { findingsOf, measure } from './measure/measure.mjs'
import { readOptions } from './options.mjs'
import { startProgress } from './progress.mjs'
import { writePage } from './report/page.mjs'
import { reportOf } from './report/report.mjs'
import { allScenarios } from './scenarios/scenarios.mjs'
import { Undo } from './undo.mjs'

const options = readOptions(process.argv)
process.stdout.write(`seed ${options.seed}\n`)
const undo = new Undo()
undo.coverProcess()
try {
  const complaints = await run()
  for (const line of complaints) process.stdout.write(`${line}\n`)
  if (complaints.length > 0) process.exitCode = 1
} catch (error) {
  process.stdout.write(`failed: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await undo.run()
}

/** Measures all that is asked for; answers with what is wrong, a line each. */
async function run() {
  const scenarios = allScenarios(options.graphSizes).filter(({ name }) => name.includes(options.only))
  if (scenarios.length === 0) throw new Error(`no scenario has "${options.only}" in its name`)
  const progress = startProgress(scenarios.reduce((sum, { loads }) => sum + loads.length, 0))
  undo.add(() => progress.stop())

  const postgres = await providePostgres()
  undo.add(postgres.stop)
  const postgresVersion = await versionOf(postgres.url)
  const bench = new Bench({ postgresUrl: postgres.url, options, undo, say: progress.say })
  const outcome = { findings: [], figures: [], failures: [] }
  for (const scenario of scenarios) {
    try {
      await runScenario(scenario, bench, progress, outcome)
    } catch (error) {
      // The others can still be measured, but what is not whole is not for the page.
      outcome.failures.push(`failed: ${scenario.name}: ${error.message}`)
    }
  }
  progress.stop()

  const report = reportOf(outcome.findings, { bench, postgresVersion })
  process.stdout.write(`\n${report}\n`)
  if (options.isForThePage && outcome.failures.length === 0) writePage(report, outcome.figures)
  return [...outcome.failures, ...missedTargets(outcome.findings)]
}

async function runScenario({ name, loads, prepare }, bench, progress, { findings, figures }) {
  progress.say(`${name}: comparing the answers`)
  const { what, sides, finish } = await prepare(bench)
  for (const load of loads) {
    const onStep = (side) => progress.say(`${name}: ${side}, ${load.connections} clients`)
    const figure = await measure(sides, load, options.effort, onStep)
    figures.push(figure)
    findings.push(...findingsOf(what, figure))
    progress.step()
  }
  progress.say(`${name}: checking what is left`)
  findings.push(...((await finish?.()) ?? []))
}
