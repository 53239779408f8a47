import { isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml'
import { messageOf } from '../../model/error.js'
import { rendered, type Reject } from './problems.js'

/** Values of a document with all of its aliases written out; a list of ten thousand pods has a million. */
const mostValues = 2_000_000

/**
 * The documents of a file, as kubectl reads them: with merge keys (`<<`), and the last of equal keys. Rejected is what is not YAML, and a file of
 * whose aliases too much comes.
 */
export function parseDocuments(text: string, file: string, reject: Reject): unknown[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'error', merge: true, uniqueKeys: false })
    if (!Array.isArray(documents)) return [] // without a document
    for (const document of documents) {
      const [error] = document.errors
      if (error) throw error
      if (countValues(document.contents, new Map()) > mostValues) {
        reject(`${file}, whose aliases make more than ${mostValues / 1e6} million values of it`, rendered)
        return []
      }
    }
    return documents.map(document => document.toJS({ maxAliasCount: -1 }) as unknown)
  } catch (error) {
    // The parser's own errors, and a nesting that is too deep for it (RangeError).
    const message = messageOf(error)
    reject(`${file}, which is not YAML: ${message.split('\n')[0] ?? ''}`, rendered)
    return []
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
