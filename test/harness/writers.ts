import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from './callers.js'
import { runEvent } from './lineage-events.js'
import { minute, unique } from './recordings.js'
import type { Answer, TestServer } from './server.js'
import { digestOfTables } from './tables.js'

/** A server with an asset in `foreign`, made from one in `shared`, and who may write where. */
export interface Writers {
  server: TestServer
  admin: Caller
  /** Records in `own`, reads in `shared`. */
  own: Caller
  /** Reads everything. */
  reader: Caller
  /** Of the asset in `foreign`. */
  materializationId: string
}

export async function startWriters(): Promise<Writers> {
  const server = await startGuardedServer()
  const callerWith = async (...grants: Parameters<typeof tokenFor>[1]) =>
    callerOf(server, await tokenFor(server, grants))
  const admin = await callerWith(grant('ADMIN'))
  const { data } = await recordAs(admin, {
    assets: [{ key: 'a', namespace: 'foreign' }],
    upstream: [{ key: 'b', namespace: 'shared' }],
  })
  return {
    server,
    admin,
    own: await callerWith(grant('RECORD', 'own'), grant('READ', 'shared')),
    reader: await callerWith(grant('READ')),
    materializationId: data?.recordMaterializations.materializations[0]?.id ?? '',
  }
}

export const RECORD = `mutation ($input: RecordMaterializationsInput!) {
  recordMaterializations(input: $input) { materializations { id } duplicate } }`

interface Recorded {
  recordMaterializations: { materializations: { id: string }[]; duplicate: boolean }
}

/** What somebody is answered who records. */
export function recordAs(caller: Caller, input: object): Promise<Answer<Recorded>> {
  return caller.ask<Recorded>(RECORD, { input: { jobId: 'j', ...input } })
}

/** Nothing is written by what `work` does: throws where something is. */
export async function writingNothing(
  { server }: Pick<Writers, 'server'>,
  work: () => Promise<void>,
): Promise<void> {
  const before = await digestOfTables(server.database, ['api_token'])
  await work()
  if ((await digestOfTables(server.database, ['api_token'])) !== before)
    throw new Error('something was written')
}

/** How it is said that a scope lacks in a namespace. */
export function notGranted(namespace: string, scope: 'record' | 'read' = 'record') {
  return {
    message: `expected a token with scope ${scope} in namespace "${namespace}"`,
    extensions: { code: 'FORBIDDEN' },
  }
}

/** Says that `own` `key` is another name of an asset of another namespace. */
export async function linkOwnTo(
  { admin }: Pick<Writers, 'admin'>,
  namespace: string,
  key: string,
): Promise<void> {
  const identifiers = [{ namespace: 'own', name: key, type: 'TABLE' }]
  const response = await admin.send({
    eventTime: minute(1),
    producer: 'https://example.com',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: { namespace, name: `real-${key}`, facets: { symlinks: { identifiers } } },
  })
  if (response.status !== 201) throw new Error(await response.text())
}

type EventRest = Parameters<typeof runEvent>[4] & { job?: string }

/** An event of a run of a job in a namespace, `own` by default. */
export function eventOf({ job = 'own', ...rest }: EventRest = {}, runId = unique('run')) {
  const made = runEvent('job', runId, 'COMPLETE', minute(3), rest)
  return { ...made, job: { ...made.job, namespace: job } }
}
