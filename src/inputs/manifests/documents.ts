import { isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml'
import { ActionError } from '../../model/error.js'
import { notValid, rendered } from './problems.js'

/** Values of a document with all of its aliases written out; a list of ten thousand pods has a million. */
const mostValues = 2_000_000

/**
 * The documents of a file, as kubectl reads them: with merge keys (`<<`), and the last of equal keys.
 * @throws ActionError `INVALID_INPUT` when it is not YAML, or its aliases make too much of it
 */
export function parseDocuments(text: string, file: string): unknown[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'error', merge: true, uniqueKeys: false })
    if (!Array.isArray(documents)) return [] // without a document
    return documents.map(document => {
      const [error] = document.errors
      if (error) throw error
      if (countValues(document.contents, new Map()) > mostValues) throw tooManyAliases(file)
      return document.toJS({ maxAliasCount: -1 }) as unknown
    })
  } catch (error) {
    if (error instanceof ActionError) throw error
    // The parser's own errors, and a nesting that is too deep for it (RangeError).
    throw notYaml(file, error instanceof Error ? error.message : String(error))
  }
}

/** How many values a node has with its aliases written out; an anchor that contains itself has no end. */
function countValues(node: unknown, anchors: Map<string, number>): number {
  if (isAlias(node)) return anchors.get(node.source) ?? 1
  if (isPair(node)) return countValues(node.key, anchors) + countValues(node.value, anchors)
  const { anchor } = isScalar(node) || isCollection(node) ? node : {}
  if (anchor) anchors.set(anchor, Infinity)
  let count = 1
  if (isCollection(node)) for (const item of node.items) count += countValues(item, anchors)
  if (anchor) anchors.set(anchor, count)
  return count
}

function tooManyAliases(file: string): ActionError {
  return notValid(`${file}, whose aliases make more than ${mostValues / 1e6} million values of it`, rendered)
}

function notYaml(file: string, error: string): ActionError {
  return notValid(`${file}, which is not YAML: ${error.split('\n')[0] ?? ''}`, rendered)
}
