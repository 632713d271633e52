import { csv } from './csv.js'
import { dot } from './dot.js'
import type { ExportFormat } from './export-format.js'
import { mermaid } from './mermaid.js'
import { ndjson } from './ndjson.js'
import { type EventSource, openLineage } from './open-lineage.js'

/** Every format of an export, by its name. */
export const FORMATS = {
  ndjson: () => ndjson,
  csv: () => csv,
  dot: () => dot,
  mermaid: () => mermaid,
  openlineage: openLineage,
} satisfies Record<string, (source: EventSource) => ExportFormat>

/** The name of a format. */
export type ExportFormatName = keyof typeof FORMATS
