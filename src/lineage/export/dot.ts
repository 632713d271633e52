import { type ExportFormat, trailerText } from './export-format.js'

/** Graphviz (https://graphviz.org/doc/info/lang.html): a digraph, data flowing from left to right. */
export const dot: ExportFormat = {
  contentType: 'text/vnd.graphviz; charset=utf-8',
  extension: 'gv',
  head: 'digraph lineage {\n  rankdir=LR\n  node [shape=box]\n',
  node: ({ asset: { namespace, key, kind }, place, distance }) =>
    `  n${place} [label=${quoted(`${namespace}/${key}`)} kind=${quoted(kind)} distance=${distance}]\n`,
  edge: {
    by: 'place',
    write: ({ upstream, downstream, viaCount }) =>
      `  n${upstream} -> n${downstream}${viaCount === 0 ? '' : ` [label="via ${viaCount}"]`}\n`,
  },
  trailer: (trailer) => `}\n// ${trailerText(trailer)}\n`,
}

const SPECIAL = /["\\&]/g

/** A label has escapes (`\N` is the node's name) and HTML's entities beside the quotes. */
function quoted(text: string): string {
  return `"${text.replace(SPECIAL, (character) => (character === '&' ? '&amp;' : `\\${character}`))}"`
}
