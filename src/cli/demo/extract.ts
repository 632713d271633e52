import { type DemoRecording, fromColumn, type Passage, type Product, recordingOf, refsTo } from './step.js'

/** Takes the claims out of a document. */
export function extract(passage: Passage, read: DemoRecording, classified: DemoRecording): DemoRecording {
  const { claims, headers, serviceLines, validationErrors } = passage.document
  const products: Product[] = [
    {
      key: 'extract/claims',
      kind: 'json',
      kinds: ['llm'],
      description: 'The claims that a document makes.',
      content: claims,
      file: 'claims.json',
      isPrimary: true,
      columns: [
        {
          name: 'claimId',
          type: 'string',
          inputs: [fromColumn('ocr/text', 'text', 'DIRECT', 'TRANSFORMATION')],
        },
        {
          name: 'amount',
          type: 'number',
          inputs: [fromColumn('ocr/text', 'text', 'DIRECT', 'TRANSFORMATION')],
        },
      ],
      // What a document is decides which of its numbers count.
      columnDependencies: [fromColumn('classify/document_type', 'document_type', 'INDIRECT', 'CONDITIONAL')],
      metadata: {
        claimCount: claims.length,
        totalAmount: claims.reduce((sum, { amount }) => sum + amount, 0),
      },
    },
    {
      key: 'extract/headers',
      kind: 'json',
      kinds: ['llm'],
      description: 'Who claims, and from whom.',
      content: headers,
      file: 'headers.json',
    },
    {
      key: 'extract/service_lines',
      kind: 'table',
      kinds: ['llm'],
      description: 'What is claimed, line by line.',
      content: serviceLines,
      file: 'service_lines.json',
      metadata: { lineCount: serviceLines.length },
    },
  ]
  if (validationErrors.length > 0) {
    products.push({
      key: 'extract/validation_errors',
      kind: 'metadata',
      description: 'What does not add up in a document.',
      content: validationErrors,
      metadata: {
        errorCount: validationErrors.length,
        severity: validationErrors.length < 5 ? 'warning' : 'error',
      },
    })
  }
  return recordingOf(passage, {
    node: 'extract',
    minutes: 7,
    codeVersion: 'git:5d20b7e',
    promptVersion: 'claims-prompt-v3',
    upstream: [...refsTo(classified, ['classify/document_type']), ...refsTo(read)],
    products,
  })
}
