import { dirname, relative } from 'node:path'

/** Nodes, each with the ones that it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** Finds a path that returns to its start. */
export function findCircle(graph: Graph): string[] | undefined {
  const done = new Set<string>()
  const visit = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node])
      if (circle !== undefined) return circle
    }
    done.add(node)
    return undefined
  }
  for (const node of graph.keys()) {
    const circle = visit(node, [])
    if (circle !== undefined) return circle
  }
  return undefined
}

/**
 * Finds imports that go in a circle between the entries, files and folders, of a folder or of one inside it.
 * @param files each file with the files that it imports
 */
export function findCirclesIn(folder: string, files: Graph): string[] {
  const folders = new Set([folder, ...[...files.keys()].flatMap(file => foldersBetween(folder, file))])
  return [...folders].flatMap(each => {
    const circle = findCircle(entriesOf(files, each))
    return circle === undefined ? [] : [`${each}: imports go in a circle: ${circle.join(' → ')}`]
  })
}

/** The layer of each entry of a folder, from 1 for those that import no other one. The imports must not go in a circle. */
export function layersOf(folder: string, files: Graph): ReadonlyMap<string, number> {
  const graph = entriesOf(files, folder)
  const layers = new Map<string, number>()
  const layerOf = (node: string): number => {
    const layer = layers.get(node) ?? 1 + Math.max(0, ...[...(graph.get(node) ?? [])].map(layerOf))
    layers.set(node, layer)
    return layer
  }
  for (const node of graph.keys()) layerOf(node)
  return layers
}

/** The entries of a folder, each with the entries of the same folder that it imports. */
function entriesOf(files: Graph, folder: string): Graph {
  const entryOf = (file: string): string | undefined => {
    const path = relative(folder, file)
    return path.startsWith('..') ? undefined : path.split('/')[0]
  }
  const entries = new Map<string, Set<string>>()
  for (const [file, imports] of files) {
    const entry = entryOf(file)
    if (entry === undefined) continue
    const siblings = entries.get(entry) ?? new Set()
    entries.set(entry, siblings)
    for (const imported of imports) {
      const other = entryOf(imported)
      if (other !== undefined && other !== entry) siblings.add(other)
    }
  }
  return entries
}

/** The folders inside a folder that contain a file. */
function foldersBetween(folder: string, file: string): string[] {
  const inner = dirname(file)
  return inner.startsWith(`${folder}/`) ? [inner, ...foldersBetween(folder, inner)] : []
}
