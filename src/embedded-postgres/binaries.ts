import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError, errorMessage, useYourOwn } from './embedded-postgres-error.js'
import type { PlatformPackage } from './platform-package.js'
import { type Programs, runProgram } from './programs.js'
import type { ServiceAccount } from './service-account.js'
import { isUsableInPlace, stagePackage } from './staging.js'

/**
 * PostgreSQL's programs where the user who shall run them can reach them: in node_modules if they are whole
 * there and run as ourselves, else in a copy that only we can write to.
 */
export async function provideBinaries(
  source: PlatformPackage,
  account: ServiceAccount | undefined,
  dataFolder: string,
): Promise<Programs> {
  if (account === undefined && (await isUsableInPlace(source))) return { folder: source.native, account }
  const refusals: string[] = []
  for (const home of account === undefined ? homesOfUser(dataFolder) : homesOfRoot()) {
    try {
      const folder = await stagePackage(source, home, (copy) =>
        runProgram({ folder: copy, account }, '/', 'postgres', ['--version']),
      )
      return { folder, account }
    } catch (error) {
      refusals.push(errorMessage(error))
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL's programs (60 MB) cannot be copied to a place to run them from (${refusals.join('; ')}): ` +
      `make one of these places usable, or ${useYourOwn}`,
  )
}

/** Everybody can reach these; in a temporary folder, tidied by age, the copy is made again when it has holes. */
function homesOfRoot(): string[] {
  const system = process.platform === 'darwin' ? '/var/db' : '/var/lib'
  const temporary = new Set([tmpdir(), '/tmp'])
  return [join(system, 'headwater'), ...[...temporary].map((folder) => join(folder, 'headwater-root'))]
}

function homesOfUser(dataFolder: string): string[] {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return [join(caches, 'headwater'), join(dataFolder, 'binaries')]
}
