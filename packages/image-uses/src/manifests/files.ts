import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { create, type Globber } from '@actions/glob'
import { isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml'
import { messageOf } from 'kernel'
import { quote } from 'runner'

/** Notes a problem with the input `manifests` or a file that it names. @returns what is read instead: nothing */
export type Reject = (found: string, expected: string) => never[]

/** Reports what looks like a mistake, as a warning. @param file the file that it is about */
export type Doubt = (file: string, message: string) => void

/** The expected content of a file. */
export const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)'

/** A file that the globs match. */
export interface ManifestFile {
  /** Its path from the working directory. */
  name: string
  text: string
}

/** Kubernetes takes objects of up to 1.5 MB; this is room for a rendered chart with all of its custom resource definitions. */
const maxBytes = 10_000_000

/**
 * Reads the YAML and JSON files that the globs match, each once, in alphabetical order. Rejects globs that match nothing or lead out of the workspace,
 * and files that do, can't be read or are too large.
 */
export async function readFiles(globs: string[], reject: Reject): Promise<ManifestFile[]> {
  // One by one, to find those that match nothing; exclusions (`!x`) apply to each.
  const exclusions = globs.filter(glob => glob.startsWith('!'))
  const [alone = ''] = exclusions
  if (exclusions.length === globs.length)
    reject(quote(alone), 'a glob that selects files, in addition to those that exclude files')
  const paths = new Set<string>()
  for (const glob of globs.filter(each => !exclusions.includes(each)))
    for (const path of await findFiles(glob, exclusions, reject)) paths.add(path)
  return (await Promise.all([...paths].sort().map(path => read(path, reject)))).flat()
}

async function findFiles(glob: string, exclusions: string[], reject: Reject): Promise<string[]> {
  if (glob.split(/[/\\]/).includes('..')) return reject(`${quote(glob)}, which leads out of the workspace`, within)
  const found: string[] = []
  try {
    const globber = await create([glob, ...exclusions].join('\n'), { matchDirectories: false })
    const allowed = await findAllowed(glob, globber)
    // One by one, so that a link out of the workspace is an error before everything behind it has been searched.
    for await (const path of globber.globGenerator()) {
      if (!/\.(ya?ml|json)$/i.test(path)) continue
      const target = await realpath(path)
      if (!allowed.some(folder => target === folder || target.startsWith(folder + sep)))
        return reject(`${nameOfFile(path)}, which leads out of the workspace`, within)
      found.push(path)
    }
  } catch (error) {
    // Errors of the file system, and of `@actions/glob` about a pattern.
    return reject(`${quote(glob)}, which can't be read: ${messageOf(error)}`, there)
  }
  if (found.length > 0) return found
  return reject(`${quote(glob)}, which matches no .yaml, .yml or .json file below ${process.cwd()}`, there)
}

/** Folders that files are allowed in: the workspace, the runner's folder for rendered files, and absolute paths in the input. */
async function findAllowed(glob: string, globber: Globber): Promise<string[]> {
  const { GITHUB_WORKSPACE, RUNNER_TEMP } = process.env
  const named = isAbsolute(glob) ? globber.getSearchPaths().map(path => dirname(path)) : []
  const folders = [process.cwd(), GITHUB_WORKSPACE, RUNNER_TEMP, ...named].filter(folder => folder !== undefined)
  return Promise.all(folders.filter(Boolean).map(folder => realpath(folder).catch(() => folder)))
}

async function read(path: string, reject: Reject): Promise<ManifestFile[]> {
  const name = nameOfFile(path)
  try {
    const found = await stat(path)
    const { size } = found
    // Reading a pipe would never end.
    if (!found.isFile()) throw new Error('it is not a file')
    if (size > maxBytes)
      return reject(
        `${name}, which has ${Math.round(size / 1e6)} MB`,
        `files of up to ${maxBytes / 1e6} MB; put the objects into several, or narrow the globs`,
      )
    const bytes = await readFile(path)
    if (!isUtf16(bytes)) return [{ name, text: bytes.toString('utf8') }]
    return reject(
      `${name}, which is UTF-16, as > writes it in Windows PowerShell`,
      'files in UTF-8, for example by Out-File -Encoding utf8',
    )
  } catch (error) {
    return reject(`${name}, which can't be read: ${messageOf(error)}`, there)
  }
}

/** Whether a file begins with a byte order mark of UTF-16, or as ASCII looks in it (yaml.org/spec/1.2.2/#52-character-encodings). */
function isUtf16(bytes: Buffer): boolean {
  const [first = 1, second = 1] = bytes
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0
}

function nameOfFile(path: string): string {
  return relative(process.cwd(), path)
}

const there = 'globs that match files; does actions/checkout run before this step?'

const within =
  'files in the workspace, without .. and without links to elsewhere; rendered files can also be in RUNNER_TEMP'

/** Maximum number of values in a document with all aliases resolved; a list of ten thousand pods has a million. */
const maxValues = 2_000_000

/**
 * Parses the documents of a file as kubectl does: with merge keys (`<<`), and the last of equal keys, which is a doubt. Rejects files that aren't YAML
 * or whose aliases expand too far.
 */
export function parseDocuments(text: string, file: string, reject: Reject, doubt: Doubt): unknown[] {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'error', merge: true, uniqueKeys: false })
    if (!Array.isArray(documents)) return [] // without a document
    for (const document of documents) {
      const [error] = document.errors
      if (error) throw error
      if (countValues(document.contents, new Map()) > maxValues)
        return reject(`${file}, whose aliases expand to more than ${maxValues / 1e6} million values`, rendered)
    }
    for (const [index, document] of documents.entries()) {
      const key = findRepeatedKey(document.contents)
      if (key !== undefined)
        doubt(
          file,
          `document ${index + 1} has ${quote(key)} twice, and only the last one counts; is a line with --- missing?`,
        )
    }
    return documents.map(document => document.toJS({ maxAliasCount: -1 }) as unknown)
  } catch (error) {
    // Errors of the parser, and RangeError if the nesting is too deep for it.
    // The excerpt after the first line follows a colon.
    const [problem = ''] = messageOf(error).split(/:?\n/)
    return reject(`${file}, which is not YAML: ${problem}`, rendered)
  }
}

/** A key that one of the maps of a node has twice; undefined if there is none. */
function findRepeatedKey(node: unknown): string | undefined {
  if (isPair(node)) return findRepeatedKey(node.value)
  if (!isCollection(node)) return undefined
  const seen = new Set<string>()
  for (const item of node.items) {
    const key = isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined
    // A merge key may be repeated.
    if (key !== undefined && key !== '<<' && seen.has(key)) return key
    if (key !== undefined) seen.add(key)
    const below = findRepeatedKey(item)
    if (below !== undefined) return below
  }
  return undefined
}

/** Number of values of a node with all aliases resolved; infinite if an anchor contains itself. */
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
