import { createRequire } from 'node:module'
import { Language, Parser, type Node } from 'web-tree-sitter'

const require = createRequire(import.meta.url)

/** The grammars that come as WebAssembly, by the language's name. */
const files = {
  bicep: require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm'),
  hcl: require.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm'),
}

/** Parses a text. @returns the root of its syntax tree */
export async function parseAs(language: keyof typeof files, text: string): Promise<Node> {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(files[language]))
  const tree = parser.parse(text)
  if (!tree) throw new Error(`${language}: nothing was parsed`)
  return tree.rootNode
}

/** The places where a text breaks the grammar, each with its line. */
export function syntaxErrors(node: Node): string[] {
  if (node.isMissing || node.isError)
    return [`line ${node.startPosition.row + 1}: ${node.isMissing ? `no ${node.type}` : node.text.slice(0, 60)}`]
  return node.hasError ? node.children.flatMap(syntaxErrors) : []
}

/** All nodes of a type below a node. */
export function nodesOf(node: Node, type: string): Node[] {
  return node.descendantsOfType(type)
}
