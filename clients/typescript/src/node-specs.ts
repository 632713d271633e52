import { AssetKind } from './kinds.js'

/** One asset that a node is expected to make. */
export interface AssetSpec {
  key: string
  /** By default that of the repository or mapper that it is given to. */
  namespace?: string
  kind: AssetKind
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
}

/** Reading text off an image. */
export const OCR_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'ocr',
  assets: [
    primary('ocr/text', AssetKind.TEXT, 'Text read off the pages'),
    required('ocr/bboxes', AssetKind.BBOX, 'Where on the pages each piece of text stands'),
    optional('ocr/confidence', AssetKind.METADATA, 'How sure the reading is'),
  ],
}

/** Taking structured data out of text. */
export const EXTRACT_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'extract',
  assets: [
    primary('extract/claims', AssetKind.JSON, 'Claims'),
    required('extract/headers', AssetKind.JSON, 'Header fields'),
    required('extract/service_lines', AssetKind.TABLE, 'Service lines'),
    optional('extract/metadata', AssetKind.METADATA, 'Statistics of the extraction'),
  ],
}

/** Telling what sort of document it is. */
export const CLASSIFY_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'classify',
  assets: [
    primary('classify/document_type', AssetKind.CLASSIFICATION, 'The sort of document'),
    optional('classify/confidence_scores', AssetKind.METADATA, 'How sure the classification is'),
  ],
}

/** Finding regions on pages. */
export const LOCATE_NODE_ASSETS: NodeAssetSpec = {
  nodeTaskId: 'locate',
  assets: [
    primary('locate/tables', AssetKind.BBOX, 'Where tables stand'),
    required('locate/forms', AssetKind.BBOX, 'Where forms stand'),
  ],
}

/** What nodes of common names make, for those that have no configuration of their own. */
export const PREDEFINED_ASSET_SPECS: Readonly<Record<string, NodeAssetSpec>> = {
  ocr: OCR_NODE_ASSETS,
  extract: EXTRACT_NODE_ASSETS,
  classify: CLASSIFY_NODE_ASSETS,
  locate: LOCATE_NODE_ASSETS,
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
