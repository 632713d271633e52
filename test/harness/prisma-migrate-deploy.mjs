// What `prisma migrate deploy` does with the database of the URL given: prints the names of the migrations it
// applied, as JSON. Prisma's command line cannot be used for it, for it downloads its engine first.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { openEngine } from '../../scripts/prisma-engine.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../prisma')
const read = (path) => readFileSync(join(folder, path), 'utf8')
const migrationDirectories = readdirSync(join(folder, 'migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    path: name,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok', value: read(`migrations/${name}/migration.sql`) },
    },
  }))

const engine = await openEngine(read('schema.prisma'), new PrismaPg({ connectionString: process.argv[2] }))
const { appliedMigrationNames } = await engine.applyMigrations({
  migrationsList: {
    baseDir: join(folder, 'migrations'),
    lockfile: { path: 'migration_lock.toml', content: read('migrations/migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories,
  },
  filters: { externalTables: [], externalEnums: [] },
})
process.stdout.write(JSON.stringify(appliedMigrationNames))
process.exit()
