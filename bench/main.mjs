// Measures Headwater against bench/peers/naive: docs/benchmarks.md says how.
import { checkDatabase } from './check-database.mjs'
import { createDatabase, withClient } from './database.mjs'
import { randomGraph } from './graph.mjs'
import { measure, stepsOf } from './measure.mjs'
import { readOptions } from './options.mjs'
import { startProgress } from './progress.mjs'
import { Random } from './random.mjs'
import { missedTargets, reportOf, writeReport } from './report.mjs'
import { readingScenarios, recordingScenario } from './scenarios.mjs'
import { seed } from './seed.mjs'
import { migrate, startHeadwater, startNaive } from './server-process.mjs'
import { Undo } from './undo.mjs'

const SEEDING_STEPS = 20

const options = readOptions(process.argv)
process.stdout.write(`seed ${options.seed}\n`)
const undo = new Undo()
undo.coverProcess()
try {
  const figures = await run()
  const missed = missedTargets(figures)
  for (const line of missed) process.stdout.write(`${line}\n`)
  if (missed.length > 0) process.exitCode = 1
} catch (error) {
  process.stdout.write(`failed: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await undo.run()
}

async function run() {
  const random = new Random(options.seed)
  const graph = randomGraph(random, options.assets)
  /** How many calls each server has answered. */
  const recorded = new Map()
  // Recordings last: they change what the walks would find.
  const scenarios = [...readingScenarios(random, graph), recordingScenario(random, graph, recorded)]
  const loads = scenarios.flatMap((scenario) => scenario.loads)
  const progress = startProgress(SEEDING_STEPS + loads.length * stepsOf(options.effort))
  undo.add(() => progress.stop())

  const database = await createDatabase()
  undo.add(database.dispose)
  await migrate(database.url)
  const postgres = await withClient(database.url, async (client) => {
    await seed(client, graph, (part) => progress.goTo(Math.round(part * SEEDING_STEPS), 'seeding'))
    return (await client.query('SHOW server_version')).rows[0].server_version
  })
  const servers = []
  for (const [name, start] of Object.entries({ headwater: startHeadwater, naive: startNaive })) {
    const server = await start(database.url)
    undo.add(server.stop)
    servers.push({ name, url: server.url })
  }
  const figures = []
  for (const scenario of scenarios) {
    figures.push(...(await measure(scenario, servers, options.effort, progress.step)))
  }
  progress.step('checking the database', 0)
  await withClient(database.url, (client) => checkDatabase(client, recorded))
  progress.stop()

  const report = reportOf(figures, { graph, seed: options.seed, postgres })
  process.stdout.write(`\n${report}\n`)
  if (!options.isQuick) writeReport(report)
  return figures
}
