import { AssetKind } from './kinds.js'

/** One asset that a node is expected to make. */
export interface AssetSpec {
  key: string
  /** By default that of the repository or mapper that it is given to. */
  namespace?: string
  kind: AssetKind
  /** Technologies: what it is made with. */
  kinds?: string[]
  /** Whether it is the node's main output. */
  isPrimary: boolean
  /** Whether the node is incomplete without it. */
  isRequired: boolean
  description?: string
  metadata?: Record<string, unknown>
}

/** What a node of this name is expected to make. */
export interface NodeAssetSpec {
  nodeTaskId: string
  assets: readonly AssetSpec[]
  /** The nodes whose assets it uses. */
  upstreamNodes?: readonly string[]
}

/** Reading text off an image. */
export const OCR_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'ocr',
  assets: [
    primary('ocr/text', AssetKind.TEXT, 'The text that was read'),
    required('ocr/bboxes', AssetKind.BBOX, 'Where on the page it stands'),
    optional('ocr/confidence', AssetKind.METADATA, 'How sure the reading is'),
  ],
}

/** Taking structured data out of text. */
export const EXTRACT_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'extract',
  assets: [
    primary('extract/claims', AssetKind.JSON, 'The claims that were extracted'),
    required('extract/headers', AssetKind.JSON, 'The headers of the claims'),
    required('extract/service_lines', AssetKind.TABLE, 'The lines of the claims'),
    optional('extract/metadata', AssetKind.METADATA, 'Figures about the extraction'),
  ],
}

/** Telling what sort of document it is. */
export const CLASSIFY_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'classify',
  assets: [
    primary('classify/document_type', AssetKind.CLASSIFICATION, 'What the document is'),
    optional('classify/confidence_scores', AssetKind.METADATA, 'How sure the classification is'),
  ],
}

/** Finding regions on pages. */
export const LOCATE_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'locate',
  assets: [
    primary('locate/tables', AssetKind.BBOX, 'Where the tables are'),
    required('locate/forms', AssetKind.BBOX, 'Where the forms are'),
  ],
}

/** What nodes of common names make, by a word of the name, for those that have no configuration of their own. */
export const PREDEFINED_ASSET_SPECS: Readonly<Record<string, NodeAssetSpec>> = {
  ocr: OCR_NODE_ASSETS,
  extract: EXTRACT_NODE_ASSETS,
  classify: CLASSIFY_NODE_ASSETS,
  locate: LOCATE_NODE_ASSETS,
}

/** The first of them whose word is one of the words of a name: `ocr_extractor` reads text, `mediocre` does not. */
export function predefinedSpecOf(name: string): NodeAssetSpec | undefined {
  const words = new Set(name.toLowerCase().split(/[^\p{L}\p{N}]+/u))
  return Object.entries(PREDEFINED_ASSET_SPECS).find(([word]) => words.has(word))?.[1]
}

function primary(key: string, kind: AssetKind, description: string): AssetSpec {
  return { key, kind, isPrimary: true, isRequired: true, description }
}

function required(key: string, kind: AssetKind, description: string): AssetSpec {
  return { key, kind, isPrimary: false, isRequired: true, description }
}

function optional(key: string, kind: AssetKind, description: string): AssetSpec {
  return { key, kind, isPrimary: false, isRequired: false, description }
}
