/**
 * The kind of an asset of which nobody has stated one, by the naming conventions of the field:
 * see docs/concepts.md#kinds. The first rule that holds decides.
 */
export function inferKind(key: string): string {
  if (key.endsWith('text')) return 'text'
  if (key.includes('bbox') || key.includes('/boxes')) return 'bbox'
  if (key.startsWith('classify/')) return 'classification'
  if (key.startsWith('index/') || key.includes('embedding')) return 'vector'
  if (key.includes('table')) return 'table'
  return 'json'
}
