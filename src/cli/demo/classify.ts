import { type DemoRecording, fromColumn, type Passage, type Product, recordingOf, refsTo } from './step.js'

/** Below this, the classifier is not sure enough for its scores to be kept. */
const CONFIDENCE_THRESHOLD = 0.8

/** Tells what a document is. */
export function classify(passage: Passage, read: DemoRecording): DemoRecording {
  const { type, typeConfidence, alternatives } = passage.document
  const products: Product[] = [
    {
      key: 'classify/document_type',
      kind: 'classification',
      kinds: ['ml_model'],
      description: 'What a document is.',
      content: { document_type: type, confidence: typeConfidence },
      isPrimary: true,
      columns: [
        {
          name: 'document_type',
          type: 'string',
          inputs: [fromColumn('ocr/text', 'text', 'DIRECT', 'TRANSFORMATION')],
        },
        { name: 'confidence', type: 'number' },
      ],
      metadata: { documentType: type, confidence: typeConfidence },
    },
  ]
  if (typeConfidence >= CONFIDENCE_THRESHOLD) {
    products.push({
      key: 'classify/confidence_scores',
      kind: 'metadata',
      description: 'How sure the classifier is, where it is.',
      content: { confidence: typeConfidence },
    })
  }
  if (alternatives.length > 1) {
    products.push({
      key: 'classify/alternatives',
      kind: 'json',
      description: 'What else a document might be.',
      content: alternatives,
      metadata: { alternativeCount: alternatives.length },
    })
  }
  return recordingOf(passage, {
    node: 'classify',
    minutes: 3,
    codeVersion: 'git:91ae5d8',
    promptVersion: 'doc-classifier-v5',
    upstream: refsTo(read, ['ocr/text', 'ocr/bboxes']),
    products,
  })
}
