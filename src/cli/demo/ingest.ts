import { type DemoRecording, type Passage, recordingOf } from './step.js'

/** The raw document, as it arrives. */
export function ingest(passage: Passage): DemoRecording {
  const { partitionKey, document } = passage
  // A scan is not made up: its checksum and version stand in for those of half a megabyte of pixels.
  const scan = Buffer.from(`scan of ${partitionKey}`)
  const recording = recordingOf(passage, {
    node: 'ingest',
    minutes: 0,
    codeVersion: 'git:0c4fd21',
    upstream: [],
    products: [
      {
        key: 'raw/documents',
        kind: 'image',
        kinds: ['s3'],
        description: 'Scanned documents as they arrive.',
        content: scan,
        file: 'scan.tiff',
        metadata: { pages: 1, dpi: 300 },
      },
    ],
  })
  return {
    ...recording,
    assets: recording.assets.map((asset) => ({ ...asset, sizeBytes: document.scanBytes })),
  }
}
