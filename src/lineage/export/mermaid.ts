import { type ExportFormat, trailerText } from './export-format.js'

/** Mermaid (https://mermaid.js.org/syntax/flowchart.html): a flowchart, data flowing from left to right. */
export const mermaid: ExportFormat = {
  contentType: 'text/vnd.mermaid; charset=utf-8',
  extension: 'mmd',
  head: 'flowchart LR\n',
  node: ({ asset: { namespace, key }, place }) => `  n${place}["${escaped(`${namespace}/${key}`)}"]\n`,
  edge: {
    by: 'place',
    write: ({ upstream, downstream, viaCount }) =>
      `  n${upstream} -->${viaCount === 0 ? '' : `|via ${viaCount}|`} n${downstream}\n`,
  },
  trailer: (trailer) => `%% ${trailerText(trailer)}\n`,
}

/** All but what stands for itself wherever it stands: Mermaid reads Markdown and HTML in labels, and replaces some signs. */
const SPECIAL = /[^\p{L}\p{M}\p{N} _./-]/gu

/** By entity codes, as Mermaid has them: `#34;` for a quote. */
function escaped(text: string): string {
  return text.replace(SPECIAL, (character) => `#${character.codePointAt(0)};`)
}
