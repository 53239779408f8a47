import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { create, type Globber } from '@actions/glob'
import type { ActionError } from '../../model/error.js'
import { notValid } from './problems.js'

/** A file that the globs match. */
export interface ManifestFile {
  /** Its path from the working directory. */
  name: string
  text: string
}

/** Kubernetes takes objects of up to 1.5 MB; this is room for a rendered chart with all of its custom resource definitions. */
const mostBytes = 10_000_000

/**
 * Reads every YAML and JSON file that the globs match, each once, in alphabetical order.
 * @throws ActionError `INVALID_INPUT` when a glob matches nothing or leads out of the workspace, or a file does, can't be read or is too large
 */
export async function readFiles(globs: string[]): Promise<ManifestFile[]> {
  // One by one, to tell which of them matches nothing; exclusions (`!x`) go with each.
  const exclusions = globs.filter(glob => glob.startsWith('!'))
  const paths = new Set<string>()
  for (const glob of globs.filter(each => !exclusions.includes(each))) {
    const found = await findFiles(glob, exclusions)
    if (found.length === 0) throw noFiles(glob)
    for (const path of found) paths.add(path)
  }
  return Promise.all([...paths].sort().map(read))
}

async function findFiles(glob: string, exclusions: string[]): Promise<string[]> {
  if (glob.split(/[/\\]/).includes('..')) throw outside(`"${glob}"`)
  try {
    const globber = await create([glob, ...exclusions].join('\n'), { matchDirectories: false })
    const allowed = await findAllowed(glob, globber)
    const found: string[] = []
    // One after the other, so that a link out of the workspace is told before all that is behind it has been searched.
    for await (const path of globber.globGenerator()) {
      if (!/\.(ya?ml|json)$/i.test(path)) continue
      const target = await realpath(path)
      if (!allowed.some(folder => target === folder || target.startsWith(folder + sep))) throw outside(nameOf(path))
      found.push(path)
    }
    return found
  } catch (error) {
    throw isSystemError(error) ? unreadable(`"${glob}"`, error) : error
  }
}

/** Folders that files may be in: the workspace, the runner's folder for rendered files, and what a user names by its whole path. */
async function findAllowed(glob: string, globber: Globber): Promise<string[]> {
  const { GITHUB_WORKSPACE, RUNNER_TEMP } = process.env
  const named = isAbsolute(glob) ? globber.getSearchPaths().map(path => dirname(path)) : []
  const folders = [process.cwd(), GITHUB_WORKSPACE, RUNNER_TEMP, ...named].filter(folder => folder !== undefined)
  const real = folders.filter(Boolean).map(folder => realpath(folder).catch(() => folder))
  return Promise.all(real)
}

async function read(path: string): Promise<ManifestFile> {
  const name = nameOf(path)
  try {
    const { size } = await stat(path)
    if (size > mostBytes) {
      const found = `${name}, which has ${Math.round(size / 1e6)} MB`
      throw notValid(found, `files of up to ${mostBytes / 1e6} MB; put the objects into several, or narrow the globs`)
    }
    return { name, text: await readFile(path, 'utf8') }
  } catch (error) {
    throw isSystemError(error) ? unreadable(name, error) : error
  }
}

function nameOf(path: string): string {
  return relative(process.cwd(), path)
}

/** Whether an error is the file system's or, of a pattern, `@actions/glob`'s own. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && error.name !== 'ActionError'
}

function noFiles(glob: string): ActionError {
  const accepted = 'globs of files that are there; is actions/checkout before this step?'
  return notValid(`"${glob}", which matches no .yaml, .yml or .json file below ${process.cwd()}`, accepted)
}

function outside(what: string): ActionError {
  return notValid(
    `${what}, which leads out of the workspace`,
    'files in the workspace, without .. and without links to elsewhere; rendered files may also be in RUNNER_TEMP',
  )
}

function unreadable(what: string, { message }: Error): ActionError {
  return notValid(`${what}, which can't be read: ${message}`, 'globs of files that the runner can read')
}
