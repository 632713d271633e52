import { rm } from 'node:fs/promises'

export default async function globalTeardown() {
  const started = globalThis.headwaterTestPostgres
  if (started === undefined) return
  await started.postgres.stop()
  await rm(started.folder, { recursive: true, force: true })
}
