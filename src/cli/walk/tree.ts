/** What a tree is drawn of. */
export interface TreeGraph {
  root: string
  /** In the order in which they are drawn. */
  childrenOf(id: string): readonly string[]
  label(id: string): string
}

/** A node whose children are being drawn. */
interface Frame {
  id: string
  children: readonly string[]
  next: number
  indent: string
}

/**
 * Draws what is below the root, which may have cycles: a node is drawn with what is below it once; after that it
 * refers to that place, or, on its own way from the root, is marked as closing a cycle. So the length is that of
 * the graph, whatever the number of its paths. Without recursion: a chain may be ten thousand long.
 */
export function* treeLines({ root, childrenOf, label }: TreeGraph): Generator<string> {
  const frameOf = (id: string, indent: string): Frame => ({ id, children: childrenOf(id), next: 0, indent })
  const drawn = new Set([root])
  const onWay = new Set([root])
  const frames = [frameOf(root, '')]
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const id = frame.children[frame.next++]
    if (id === undefined) {
      onWay.delete(frame.id)
      frames.pop()
      continue
    }
    const isLast = frame.next === frame.children.length
    const branch = `${frame.indent}${isLast ? '└─ ' : '├─ '}`
    if (onWay.has(id)) {
      yield `${branch}↻ ${label(id)}`
    } else if (drawn.has(id)) {
      yield `${branch}${label(id)} (see above)`
    } else {
      yield `${branch}${label(id)}`
      drawn.add(id)
      onWay.add(id)
      frames.push(frameOf(id, `${frame.indent}${isLast ? '   ' : '│  '}`))
    }
  }
}
