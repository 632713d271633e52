/** The kinds of assets that everybody knows; any other word of 1 to 128 characters is a kind too. */
export const AssetKind = {
  TEXT: 'text',
  JSON: 'json',
  BBOX: 'bbox',
  CLASSIFICATION: 'classification',
  VECTOR: 'vector',
  IMAGE: 'image',
  TABLE: 'table',
  METADATA: 'metadata',
  BLOB: 'blob',
} as const

/** One of these kinds, or another word. */
export type AssetKind = (typeof AssetKind)[keyof typeof AssetKind] | (string & {})

/** Technologies that an asset is commonly made of or with, for `kinds`; any other word will do. */
export const TechnologyTag = {
  PYTHON: 'python',
  SQL: 'sql',
  DBT: 'dbt',
  SNOWFLAKE: 'snowflake',
  POSTGRES: 'postgres',
  S3: 's3',
  API: 'api',
  ML_MODEL: 'ml_model',
  LLM: 'llm',
  PANDAS: 'pandas',
  NUMPY: 'numpy',
  TORCH: 'torch',
  ONNX: 'onnx',
  CRAFT_OCR: 'craft_ocr',
  TESSERACT: 'tesseract',
  HUGGINGFACE: 'huggingface',
  OPENAI: 'openai',
  ANTHROPIC: 'anthropic',
} as const

/** One of these technologies, or another word. */
export type TechnologyTag = (typeof TechnologyTag)[keyof typeof TechnologyTag] | (string & {})

/** The kind of an asset of which nobody has stated one, as the server infers it. The first rule that holds decides. */
export function inferKind(key: string): AssetKind {
  if (key.endsWith('text')) return AssetKind.TEXT
  if (key.includes('bbox') || key.includes('/boxes')) return AssetKind.BBOX
  if (key.startsWith('classify/')) return AssetKind.CLASSIFICATION
  if (key.startsWith('index/') || key.includes('embedding')) return AssetKind.VECTOR
  if (key.includes('table')) return AssetKind.TABLE
  return AssetKind.JSON
}
