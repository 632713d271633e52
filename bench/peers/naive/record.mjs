import { createHash } from 'node:crypto'
import { assetIdOf, DEFAULT_NAMESPACE, sortKeyOf } from '../../../dist/src/lineage/asset-ref.js'
import { inferKind } from '../../../dist/src/lineage/kind.js'
import { materializationIdOf } from '../../../dist/src/lineage/materialization-id.js'

/** One interactive transaction, as atomicity asks for; one Prisma call a row. */
export function recordMaterializations(prisma, input) {
  return prisma.$transaction((tx) => record(tx, input, new Date()), { maxWait: 60_000, timeout: 60_000 })
}

async function record(tx, input, now) {
  const { idempotencyKey } = input
  const known = await tx.recording.findUnique({ where: { idempotencyKey } })
  if (known !== null)
    return { materializations: known.materializationIds.map((id) => ({ id })), duplicate: true }
  const made = []
  for (const asset of input.assets) made.push(await recordAsset(tx, input, asset, now))
  await tx.recording.create({
    data: {
      idempotencyKey,
      contentHash: createHash('sha256').update(JSON.stringify(input)).digest(),
      assetIds: made.map(({ assetId }) => assetId),
      materializationIds: made.map(({ id }) => id),
      recordedAt: now,
    },
  })
  return { materializations: made, duplicate: false }
}

async function recordAsset(
  tx,
  { jobId, dagId, nodeTaskId },
  { version, sizeBytes, metadata, upstream, ...name },
  now,
) {
  const assetId = await findOrCreate(tx, name, now)
  const made = await tx.materialization.create({
    data: {
      assetId,
      id: materializationIdOf(now),
      version,
      jobId,
      dagId,
      nodeTaskId,
      sizeBytes,
      metadata: metadata ?? {},
      materializedAt: now,
      recordedAt: now,
    },
  })
  for (const [position, input] of upstream.entries()) await recordInput(tx, made, input, position, now)
  const latest = { materializationId: made.id, materializedAt: now }
  await tx.latestMaterialization.upsert({
    where: { assetId_partitionKey: { assetId, partitionKey: '' } },
    create: { assetId, partitionKey: '', ...latest },
    update: latest,
  })
  await tx.assetState.update({
    where: { assetId },
    data: { latestId: made.id, latestAt: now, updatedAt: now },
  })
  return made
}

async function recordInput(tx, { assetId, id }, { version, ...name }, position, now) {
  const upstreamId = await findOrCreate(tx, name, now)
  await tx.materializationInput.create({
    data: { assetId, materializationId: id, upstreamId, position, version, materializedAt: now },
  })
  const edge = { downstreamId: assetId, upstreamId }
  const where = { downstreamId_upstreamId: edge }
  await tx.lineageEdge.upsert({ where, create: edge, update: {} })
  await tx.lineageEdgeStats.upsert({
    where,
    create: { ...edge, firstSeenAt: now, lastSeenAt: now, materializationCount: 1 },
    update: { lastSeenAt: now, materializationCount: { increment: 1 } },
  })
}

/** An asset is found far more often than it is made, so this takes no lock. */
async function findOrCreate(tx, { namespace, key }, now) {
  const name = { namespace: namespace ?? DEFAULT_NAMESPACE, key }
  const id = assetIdOf(name)
  const known = await tx.asset.findUnique({ where: { id }, select: { id: true } })
  if (known !== null) return id
  const state = { create: { kind: inferKind(name), updatedAt: now } }
  await tx.asset.create({ data: { id, ...name, sortKey: sortKeyOf(name), createdAt: now, state } })
  return id
}
