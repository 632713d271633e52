// Prisma's schema engine, the one behind `prisma migrate`, as WebAssembly: nothing has to be downloaded for it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

/** Links the engine's module with its bindings, which a bundler would do otherwise. */
function link() {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')))
  const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(exports)
  exports.__wbindgen_start()
}

/** An engine for a schema (its text), on the database of a driver adapter. */
export function openEngine(schema, adapter) {
  link()
  const options = { datamodels: [['schema.prisma', schema]] }
  return bindings.SchemaEngine.new(options, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter))
}
