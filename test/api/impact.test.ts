import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { seedGraph } from '../harness/graph.js'
import { record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { walk } from '../harness/walks.js'

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const IMPACT =
    'impact { directConsumers transitiveConsumers byDistance { distance assetCount } recentJobs recentDags advice }'

  interface ImpactAnswer {
    directConsumers: number
    transitiveConsumers: number
    byDistance: { distance: number; assetCount: number }[]
    recentJobs: number
    recentDags: number
    advice: string
  }

  const impactOf = async (key: string) =>
    (await server.query<{ asset: { impact: ImpactAnswer } }, never>(`{ asset(key: "${key}") { ${IMPACT} } }`))
      .asset.impact

  test('it counts each asset once, at its least distance, over cycles too, and not the asset itself', async () => {
    await clear(server)
    const made = (key: string, ...from: string[]) => ({
      assets: [{ key }],
      upstream: from.map((one) => ({ key: one })),
    })
    await recordBatch(server, [
      made('text', 'scan', 'text'),
      made('tables', 'text'),
      made('claims', 'text', 'tables'),
      made('report', 'claims'),
      made('scan', 'report'),
    ])
    expect(await impactOf('text')).toEqual({
      directConsumers: 2,
      transitiveConsumers: 4,
      byDistance: [
        { distance: 1, assetCount: 2 },
        { distance: 2, assetCount: 1 },
        { distance: 3, assetCount: 1 },
      ],
      recentJobs: 1,
      recentDags: 0,
      advice: 'SAFE_TO_MODIFY',
    })
  })

  test('ten direct consumers are few, eleven are many; jobs and DAG runs are those of the last 100 materializations', async () => {
    await clear(server)
    const consumers = (count: number, of: string) =>
      Array.from({ length: count }, (_, at) => ({ key: `${of}/${at}`, upstream: [{ key: of }] }))
    await record(server, { assets: [...consumers(10, 'few'), ...consumers(11, 'many')] })
    expect(await impactOf('few')).toMatchObject({ directConsumers: 10, advice: 'SAFE_TO_MODIFY' })
    expect(await impactOf('many')).toMatchObject({ directConsumers: 11, advice: 'MANY_CONSUMERS' })
    for (let at = 0; at < 110; at += 10) {
      await recordBatch(
        server,
        Array.from({ length: 10 }, (_, more) => ({
          jobId: `job-${at + more}`,
          ...(more < 3 ? { dagId: `run-${at}-${more}` } : {}),
          assets: [{ key: 'busy' }],
        })),
      )
    }
    expect(await impactOf('busy')).toMatchObject({ recentJobs: 100, recentDags: 30 })
  })

  test('it agrees with the walk, at most five statements beside it', async () => {
    await clear(server)
    const layers = Array.from({ length: 8 }, (_, layer) =>
      Array.from(
        { length: 60 },
        (_unused, at) => [`${layer}/${(at * 7) % 60}`, `${layer + 1}/${at}`] as const,
      ),
    ).flat()
    await seedGraph(server, [
      ...layers,
      ...layers.map(([from, to]) => [from, to.replace('/', '/x')] as const),
    ])
    const answer = await walk(server, '0/7', { direction: 'DOWNSTREAM', limit: 10_000 })
    let impact: ImpactAnswer | undefined
    const statements = await server.statementsOf(async () => {
      impact = await impactOf('0/7')
    })
    expect(impact?.transitiveConsumers).toBe(answer.nodes.length - 1)
    expect(impact?.byDistance).toEqual(
      [...new Set(answer.nodes.map(({ distance }) => distance))]
        .filter((distance) => distance > 0)
        .map((distance) => ({
          distance,
          assetCount: answer.nodes.filter((node) => node.distance === distance).length,
        })),
    )
    // The asset, its history (of which there is none: what its name stands for), and the walk: its root's name and one
    // recursion, or the graph in the process.
    expect(statements).toHaveLength(variables === WALKED.PostgreSQL ? 5 : 3)
  })

  test('of more than 100 assets in one answer it is refused', async () => {
    await clear(server)
    await record(server, { assets: Array.from({ length: 101 }, (_, at) => ({ key: `a${at}` })) })
    const ask = (first: number) =>
      server.ask<object, never>(`{ assets(first: ${first}) { nodes { impact { directConsumers } } } }`)
    expect((await ask(100)).errors).toEqual([])
    expect((await ask(101)).errors[0]).toMatchObject({ extensions: { code: 'QUERY_TOO_COMPLEX' } })
  })
})
