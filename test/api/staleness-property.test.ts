import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear } from '../harness/dump.js'
import { history } from '../harness/histories.js'
import { recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

interface Made {
  id: string
  asset: { key: string }
  version: string | null
  partitionKey: string | null
  inputs: {
    asset: { key: string }
    version: string | null
    partitionKey: string | null
    materialization: { id: string; partitionKey: string | null } | null
  }[]
}

interface Cause {
  reason: string
  upstream: { key: string }
  usedVersion: string | null
  latestVersion: string | null
}

interface StalenessAnswer {
  status: string
  causes: Cause[]
  rootCauses: Cause[]
}

/** The rules of staleness as they are written down, over plain lists, by brute force. */
class Model {
  constructor(private readonly newestFirst: readonly Made[]) {}

  private latest = (slice: string) => this.newestFirst.find((made) => sliceOf(made) === slice)

  private placeOf = (id: string) => this.newestFirst.findIndex((made) => made.id === id)

  private inputsOf(slice: string) {
    const made = this.latest(slice)
    return (made?.inputs ?? []).map((input) => {
      const used = input.materialization
      const upstream = `${input.asset.key} ${used?.partitionKey ?? input.partitionKey ?? ''}`
      const latest = this.latest(upstream)
      const isNewer =
        latest !== undefined &&
        made !== undefined &&
        this.placeOf(latest.id) < this.placeOf((used ?? made).id)
      const hasChanged =
        isNewer && latest.id !== made.id && (latest.version === null || latest.version !== input.version)
      const cause = {
        upstream: { key: input.asset.key },
        usedVersion: input.version,
        latestVersion: latest?.version ?? null,
      }
      return { slice, upstream, hasChanged, cause }
    })
  }

  private reachable(slices: readonly string[]): string[] {
    const seen = new Set(slices)
    for (const slice of seen) for (const { upstream } of this.inputsOf(slice)) seen.add(upstream)
    return [...seen]
  }

  private changesFrom(slices: readonly string[]) {
    return this.reachable(slices).flatMap((slice) => this.inputsOf(slice).filter((input) => input.hasChanged))
  }

  stalenessOf(
    key: string,
    partitionKey: string | null,
  ): { status: string; causes: string[]; rootCauses: string[] } {
    const slices = [
      ...new Set(
        this.newestFirst
          .filter((made) => made.asset.key === key)
          .filter((made) => partitionKey === null || made.partitionKey === partitionKey)
          .map(sliceOf),
      ),
    ]
    if (slices.length === 0) return { status: 'MISSING', causes: [], rootCauses: [] }
    const causes = slices.flatMap((slice) =>
      this.inputsOf(slice).flatMap(({ hasChanged, upstream, cause }) => [
        ...(hasChanged ? [{ reason: 'UPSTREAM_CHANGED', ...cause }] : []),
        ...(upstream !== slice && this.changesFrom([upstream]).length > 0
          ? [{ reason: 'UPSTREAM_STALE', ...cause }]
          : []),
      ]),
    )
    const isSame = (a: { slice: string; upstream: string }, b: { slice: string; upstream: string }) =>
      a.slice === b.slice && a.upstream === b.upstream
    // A change is furthest upstream where every change behind it has it behind itself in turn.
    const roots = this.changesFrom(slices).filter((change) =>
      this.changesFrom([change.upstream]).every((further) =>
        this.changesFrom([further.upstream]).some((other) => isSame(other, change)),
      ),
    )
    return {
      status: causes.length === 0 ? 'FRESH' : 'STALE',
      causes: shown(causes),
      rootCauses: shown(roots.map(({ cause }) => ({ reason: 'UPSTREAM_CHANGED', ...cause }))),
    }
  }
}

const sliceOf = ({ asset, partitionKey }: Made) => `${asset.key} ${partitionKey ?? ''}`

const shown = (causes: readonly Cause[]) =>
  [
    ...new Set(
      causes.map((one) => [one.reason, one.upstream.key, one.usedVersion, one.latestVersion].join(' ')),
    ),
  ].sort()

const CAUSE = 'reason upstream { key } usedVersion latestVersion'
const STALENESS = `{ status causes { ${CAUSE} } rootCauses { ${CAUSE} } }`

test('staleness is as the rules say, whatever was recorded', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(history, async (log) => {
      await clear(server)
      await recordBatch(server, log)
      const { materializations, assets } = await server.query<
        {
          materializations: { nodes: Made[] }
          assets: { nodes: ({ key: string } & Record<'whole' | 'p' | 'q', StalenessAnswer>)[] }
        },
        never
      >(`{
        materializations(first: 1000) { nodes { id asset { key } version partitionKey
          inputs { asset { key } version partitionKey materialization { id partitionKey } } } }
        assets(first: 1000) { nodes { key
          whole: staleness ${STALENESS}
          p: staleness(partitionKey: "p") ${STALENESS}
          q: staleness(partitionKey: "q") ${STALENESS} } } }`)
      const model = new Model(materializations.nodes)
      const inOrder = ({ status, causes, rootCauses }: StalenessAnswer) => ({
        status,
        causes: shown(causes),
        rootCauses: shown(rootCauses),
      })
      for (const { key, whole, p, q } of assets.nodes) {
        seen.add(whole.status)
        expect([key, inOrder(whole)]).toEqual([key, model.stalenessOf(key, null)])
        expect([key, inOrder(p)]).toEqual([key, model.stalenessOf(key, 'p')])
        expect([key, inOrder(q)]).toEqual([key, model.stalenessOf(key, 'q')])
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
  expect([...seen].sort()).toEqual(['FRESH', 'MISSING', 'STALE'])
}, 120_000)
