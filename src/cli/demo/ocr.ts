import { type DemoRecording, type Passage, type Product, recordingOf, refsTo } from './step.js'

/** Reads the text of a document. */
export function ocr(passage: Passage, raw: DemoRecording): DemoRecording {
  const { text, boxes, wordConfidences } = passage.document
  const products: Product[] = [
    {
      key: 'ocr/text',
      kind: 'text',
      kinds: ['craft_ocr'],
      description: 'What stands in a document.',
      content: text,
      file: 'text.txt',
      columns: [{ name: 'text', type: 'string' }],
      isPrimary: true,
      metadata: { language: 'en', charCount: text.length, wordCount: boxes.length },
    },
    {
      key: 'ocr/bboxes',
      kind: 'bbox',
      kinds: ['craft_ocr'],
      description: 'Where each word stands.',
      content: boxes,
      file: 'bboxes.json',
      metadata: { bboxCount: boxes.length },
    },
  ]
  if (wordConfidences !== null) {
    products.push({
      key: 'ocr/confidence',
      kind: 'metadata',
      description: 'How sure the engine is of each word.',
      content: wordConfidences,
      file: 'confidence.json',
      metadata: { avgConfidence: average(Object.values(wordConfidences)) },
    })
  }
  return recordingOf(passage, {
    node: 'ocr',
    minutes: 2,
    codeVersion: passage.ocrCodeVersion,
    promptVersion: 'craft-ocr-v2',
    upstream: refsTo(raw),
    products,
  })
}

function average(numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0)
  return Math.round((sum / numbers.length) * 1_000) / 1_000
}
