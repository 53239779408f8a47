import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { create, type Globber } from '@actions/glob'
import { isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml'
import { messageOf } from '../../model/error.js'
import { quote } from '../reader.js'
import { rendered, type Reject } from './problems.js'

/** A file that the globs match. */
export interface ManifestFile {
  /** Its path from the working directory. */
  name: string
  text: string
}

/** Kubernetes takes objects of up to 1.5 MB; this is room for a rendered chart with all of its custom resource definitions. */
const mostBytes = 10_000_000

/**
 * Reads every YAML and JSON file that the globs match, each once, in alphabetical order. Rejected are globs that match nothing or lead out of the
 * workspace, and files that do, can't be read or are too large.
 */
export async function readFiles(globs: string[], reject: Reject): Promise<ManifestFile[]> {
  // One by one, to tell which of them matches nothing; exclusions (`!x`) go with each.
  const exclusions = globs.filter(glob => glob.startsWith('!'))
  const paths = new Set<string>()
  for (const glob of globs.filter(each => !exclusions.includes(each)))
    for (const path of await findFiles(glob, exclusions, reject)) paths.add(path)
  const files = await Promise.all([...paths].sort().map(path => read(path, reject)))
  return files.filter(file => file !== undefined)
}

async function findFiles(glob: string, exclusions: string[], reject: Reject): Promise<string[]> {
  if (glob.split(/[/\\]/).includes('..')) {
    reject(`${quote(glob)}, which leads out of the workspace`, within)
    return []
  }
  const found: string[] = []
  try {
    const globber = await create([glob, ...exclusions].join('\n'), { matchDirectories: false })
    const allowed = await findAllowed(glob, globber)
    // One after the other, so that a link out of the workspace is an error before everything behind it has been searched.
    for await (const path of globber.globGenerator()) {
      if (!/\.(ya?ml|json)$/i.test(path)) continue
      const target = await realpath(path)
      if (!allowed.some(folder => target === folder || target.startsWith(folder + sep))) {
        reject(`${nameOf(path)}, which leads out of the workspace`, within)
        return []
      }
      found.push(path)
    }
  } catch (error) {
    // The file system's errors, and those of `@actions/glob` about a pattern.
    reject(`${quote(glob)}, which can't be read: ${messageOf(error)}`, there)
    return []
  }
  if (found.length === 0)
    reject(`${quote(glob)}, which matches no .yaml, .yml or .json file below ${process.cwd()}`, there)
  return found
}

/** Folders that files may be in: the workspace, the runner's folder for rendered files, and what a user names by its whole path. */
async function findAllowed(glob: string, globber: Globber): Promise<string[]> {
  const { GITHUB_WORKSPACE, RUNNER_TEMP } = process.env
  const named = isAbsolute(glob) ? globber.getSearchPaths().map(path => dirname(path)) : []
  const folders = [process.cwd(), GITHUB_WORKSPACE, RUNNER_TEMP, ...named].filter(folder => folder !== undefined)
  return Promise.all(folders.filter(Boolean).map(folder => realpath(folder).catch(() => folder)))
}

async function read(path: string, reject: Reject): Promise<ManifestFile | undefined> {
  const name = nameOf(path)
  try {
    const found = await stat(path)
    const { size } = found
    // Reading a pipe would never end.
    if (!found.isFile()) throw new Error('it is not a file')
    if (size <= mostBytes) return { name, text: await readFile(path, 'utf8') }
    reject(
      `${name}, which has ${Math.round(size / 1e6)} MB`,
      `files of up to ${mostBytes / 1e6} MB; put the objects into several, or narrow the globs`,
    )
  } catch (error) {
    reject(`${name}, which can't be read: ${messageOf(error)}`, there)
  }
  return undefined
}

function nameOf(path: string): string {
  return relative(process.cwd(), path)
}

const there = 'globs that match files; does actions/checkout run before this step?'

const within =
  'files in the workspace, without .. and without links to elsewhere; rendered files may also be in RUNNER_TEMP'

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
