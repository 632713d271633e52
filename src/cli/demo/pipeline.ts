import { classify } from './classify.js'
import { readDocument } from './document.js'
import { extract } from './extract.js'
import { ingest } from './ingest.js'
import { ocr } from './ocr.js'
import type { DemoRecording, Passage } from './step.js'

/** Fixed, so that the demo records the same thing whenever it runs. */
const DAYS = ['2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09'] as const
const DOCUMENTS_A_DAY = 6

/** schema/operations/demo.graphql asks about this one: read badly at first, and read again the week after. */
const MISREAD = { day: '2026-01-06', document: 4 }
const RERUN = { dagId: 'claims-2026-01-06-rerun', startedAt: '2026-01-12T09:00:00Z' }

const FIRST_OCR = 'git:4be1c07'
const MENDED_OCR = 'git:e27a9f3'

/**
 * All that the demo records: a week of claims, one DAG run a day, one partition a document, and a second run over
 * the document that was misread, after the code of its first step had been mended.
 */
export function demoRecordings(): DemoRecording[] {
  return DAYS.flatMap((day, dayAt) =>
    Array.from({ length: DOCUMENTS_A_DAY }, (_, at) => at + 1).flatMap((number) => {
      const seed = 100 * (dayAt + 1) + number
      const isMisread = day === MISREAD.day && number === MISREAD.document
      const passage: Passage = {
        dagId: `claims-${day}`,
        partitionKey: `${day}/doc-0${number}`,
        startedAt: new Date(Date.parse(`${day}T06:00:00Z`) + 600_000 * number),
        document: readDocument(seed, day, isMisread),
        ocrCodeVersion: FIRST_OCR,
      }
      const raw = ingest(passage)
      const first = [raw, ...processed(passage, raw)]
      if (!isMisread) return first
      const again = {
        ...passage,
        dagId: RERUN.dagId,
        startedAt: new Date(RERUN.startedAt),
        document: readDocument(seed, day, false),
        ocrCodeVersion: MENDED_OCR,
      }
      return [...first, ...processed(again, raw)]
    }),
  )
}

/** The steps behind the raw document. */
function processed(passage: Passage, raw: DemoRecording): DemoRecording[] {
  const read = ocr(passage, raw)
  const classified = classify(passage, read)
  return [read, classified, extract(passage, read, classified)]
}
