import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCircle, findCirclesIn, layersOf, type Graph } from './circles.js'
import type { Import, Manifest, Repository, SourceFile } from './source.js'

/** config/packages.json: the rules that the editor shows, too. */
interface Rules {
  /** The packages of the action, lowest first: each may import those before it. */
  packages: Record<string, { kind: string }>
  /** The entries of src/, with the other entries and the kinds of packages that each may import. */
  pipeline: Record<string, { folders: string[]; kinds: string[] }>
  /** Modules from outside, or scopes of them, with the paths that may import them. The more exact name decides. */
  outside: Record<string, string[]>
}

const rulesFile = join(import.meta.dirname, '../../config/packages.json')
const { packages, pipeline, outside } = JSON.parse(readFileSync(rulesFile, 'utf8')) as Rules

/** The packages of the action, lowest first. */
export const packageNames = Object.keys(packages)

const simulator = 'azure-simulator'

/** An import of a file, with what it is: a file of the repository, a package of the repository with a path in it, or something from outside. */
interface Arrow extends Import {
  file: string
  /** The imported file, if the import is relative. */
  path?: string
  /** The imported package of the repository. */
  owner?: string
  /** What the import takes of that package: empty for its `index.ts`. */
  inside?: string
}

/** The package that a file belongs to; empty for src/, tests, scripts and benchmarks of the root. */
export function packageOf(path: string): string {
  return /^packages\/([^/]+)\//.exec(path)?.[1] ?? ''
}

/** Whether a file is part of the action. */
export function isOfAction(path: string): boolean {
  return path.startsWith('src/') || (/^packages\/[^/]+\/src\//.test(path) && packageOf(path) !== simulator)
}

function arrowsOf(files: readonly SourceFile[], names: readonly string[]): Arrow[] {
  return files.flatMap(({ path: file, imports }) =>
    imports.map((each): Arrow => {
      const arrow = { file, ...each }
      if (each.from.startsWith('.')) return { ...arrow, path: join(file, '..', each.from).replace(/\.js$/, '.ts') }
      const [owner = '', ...inside] = each.from.split('/')
      return names.includes(owner) ? { ...arrow, owner, inside: inside.join('/') } : arrow
    }),
  )
}

/** What each package of the action imports of others, and src/ under the name `src`. */
export function findUses({ files, manifests }: Repository): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>()
  const own = files.filter(({ path }) => isOfAction(path))
  for (const { file, owner } of arrowsOf(own, [...manifests.keys()])) {
    const user = packageOf(file) || 'src'
    const used = uses.get(user) ?? new Set()
    uses.set(user, used)
    if (owner !== undefined) used.add(owner)
  }
  return uses
}

/** Lists every import that breaks a rule, as `file → imported: rule`, then circles, and dependencies that are missing, wrong or unused. */
export function findBrokenRules(repository: Repository): string[] {
  const { files, manifests } = repository
  const arrows = arrowsOf(files, [...manifests.keys()])
  const broken = arrows.flatMap(arrow =>
    [goesUp, looksInside, leavesPackage, takesTests, skipsStage, takesFromOutside].flatMap(rule => {
      const problem = rule(arrow, manifests)
      if (problem === undefined) return []
      const names = arrow.names.length > 0 ? `${arrow.names.join(', ')} of ` : ''
      return `${arrow.file} → ${names}${arrow.path ?? arrow.from}: ${problem}`
    }),
  )
  return [
    ...broken,
    ...findCircles(repository, arrows),
    ...findUnusedOffers(repository, arrows),
    ...findWrongDependencies(arrows, manifests),
  ]
}

/** Packages import those below them only; the action and the simulator know nothing of each other. */
function goesUp({ file, owner }: Arrow): string | undefined {
  const own = packageOf(file)
  if (owner === undefined || owner === own) return undefined
  if (own === simulator) return 'the simulator knows nothing of the action'
  if (!isOfAction(file)) return undefined
  if (owner === simulator) return 'the action knows nothing of the simulator'
  if (!packageNames.includes(owner)) return `config/packages.json does not list ${owner}`
  const isBelow = own !== '' && packageNames.indexOf(owner) > packageNames.indexOf(own)
  return isBelow ? `${own} stands below ${owner}` : undefined
}

/** Sources import a package by an entrance; tests and scripts may import any of its files. */
function looksInside({ file, owner, inside }: Arrow, manifests: Map<string, Manifest>): string | undefined {
  if (owner === undefined || !inside || !isOfAction(file)) return undefined
  const entrances = Object.keys(entrancesOf(manifests.get(owner)))
  return entrances.includes(inside)
    ? undefined
    : `${inside} is inside ${owner}, whose entrances are ${entrances.map(each => each || 'index.ts').join(', ')}`
}

/** The entrances of a package with their files, in its folder: index.ts has the name '', and the others are parts that are loaded later. */
export function entrancesOf(manifest: Manifest | undefined): Record<string, string> {
  const { exports = {} } = manifest ?? {}
  const all = Object.entries(typeof exports === 'string' ? { '.': exports } : exports)
  return Object.fromEntries(
    all.flatMap(([name, file]) => (name.includes('*') ? [] : [[name.replace(/^\.\/?/, ''), file.replace('./', '')]])),
  )
}

/** No path leads from one package to another; what the root has for all is its tests' support, and the product's JSON files. */
function leavesPackage({ file, path }: Arrow): string | undefined {
  if (path === undefined) return undefined
  const [own, other] = [packageOf(file), packageOf(path)]
  if (own === other && (own === '' || !isInSource(file) || isInSource(path))) return undefined
  if (other === '' && (path.endsWith('.json') || (isTest(file) && isTest(path)))) return undefined
  return other === '' || own === other ? `the path leaves ${sourceOf(file)}` : `import ${other} by its name`
}

const isTest = (path: string): boolean => /(^|\/)__tests__\/|\.test\.m?ts$|^vitest\.config\.ts$/.test(path)
const isInSource = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path)
const sourceOf = (file: string): string => /^packages\/[^/]+(\/src(?=\/))?/.exec(file)?.[0] ?? file

/** Only tests import tests. */
function takesTests({ file, path }: Arrow): string | undefined {
  return path !== undefined && isTest(path) && !isTest(file) ? 'only tests import __tests__' : undefined
}

/** Each entry of src/ imports only what the pipeline allows it. */
function skipsStage({ file, path, owner }: Arrow): string | undefined {
  const [folder, entry = ''] = file.split('/')
  if (folder !== 'src') return undefined
  const allowed = pipeline[entry]
  if (allowed === undefined) return `config/packages.json does not list src/${entry}`
  if (owner !== undefined) {
    const { kind } = packages[owner] ?? {}
    return kind === undefined || allowed.kinds.includes(kind)
      ? undefined
      : `src/${entry} may import packages of the kinds ${allowed.kinds.join(', ')}`
  }
  const [other, imported = ''] = path?.split('/') ?? []
  if (other !== 'src' || imported === entry || allowed.folders.includes(imported)) return undefined
  return `src/${entry} may import ${allowed.folders.map(each => `src/${each}`).join(', ') || 'nothing else of src/'}`
}

/** What talks to the outside is imported in few places. */
function takesFromOutside({ file, from }: Arrow): string | undefined {
  if (!isOfAction(file)) return undefined
  const isOf = (name: string): boolean =>
    name.endsWith('*') ? from.startsWith(name.slice(0, -1)) : `${from}/`.startsWith(`${name}/`)
  const [name] = Object.keys(outside)
    .filter(isOf)
    .sort((a, b) => b.length - a.length)
  const places = name === undefined ? undefined : outside[name]
  if (places === undefined || places.some(place => file.startsWith(place))) return undefined
  return places.length > 0 ? `only ${places.join(', ')} may import it` : 'config/packages.json lets nothing import it'
}

const maxSimulatorLayers = 6

function findCircles(repository: Repository, arrows: readonly Arrow[]): string[] {
  const graph = new Map<string, Set<string>>(repository.files.map(({ path }) => [path, new Set()]))
  for (const { file, path } of arrows) if (path !== undefined) graph.get(file)?.add(path)
  const source = `packages/${simulator}/src`
  const folders = new Set(
    repository.files.flatMap(
      ({ path }) => /^(?:packages\/[^/]+\/)?(?:src|__tests__|scripts|bench)(?=\/)/.exec(path)?.[0] ?? [],
    ),
  )
  const between = findCircle(findUses(repository))
  const within = [...folders].flatMap(folder => findCirclesIn(folder, inFolder(graph, folder)))
  const layers = within.length > 0 ? [] : [...layersOf(source, inFolder(graph, source)).values()]
  return [
    ...(between === undefined ? [] : [`packages import each other in a circle: ${between.join(' → ')}`]),
    ...within,
    ...(Math.max(0, ...layers) > maxSimulatorLayers ? [`${source} has more than ${maxSimulatorLayers} layers`] : []),
  ]
}

function inFolder(graph: Graph, folder: string): Graph {
  return new Map([...graph].filter(([file]) => file.startsWith(`${folder}/`)))
}

/** An index.ts offers only what other parts of the action import. */
function findUnusedOffers({ files }: Repository, arrows: readonly Arrow[]): string[] {
  return files.flatMap(({ path, exports }) => {
    const [, name] = /^packages\/([^/]+)\/src\/index\.ts$/.exec(path) ?? []
    if (name === undefined || name === simulator) return []
    const imports = arrows.filter(each => each.owner === name && each.inside === '' && isOfAction(each.file))
    const taken = new Set(imports.flatMap(({ names }) => names))
    const isWhole = imports.some(({ names }) => names.length === 0)
    return exports
      .filter(each => !isWhole && !taken.has(each))
      .map(each => `${path} → ${each}: nothing else of the action imports it`)
  })
}

/** Each package declares what its sources import, in one version everywhere, and nothing else. Its tests use what the root has. */
function findWrongDependencies(arrows: readonly Arrow[], manifests: Map<string, Manifest>): string[] {
  const versions = new Map<string, string>()
  return [...manifests].flatMap(([owner, { dependencies = {}, devDependencies = {} }]) => {
    const isOwn = (file: string): boolean =>
      packageOf(file) === owner && (owner === '' || (owner === simulator ? !isTest(file) : isInSource(file)))
    const used = new Map<string, string>()
    for (const { file, from } of arrows) {
      const [, name] = /^((?:@[^/]+\/)?[^./][^/]*)/.exec(from) ?? []
      if (name !== undefined && name !== owner && !name.startsWith('node:') && isOwn(file)) used.set(name, file)
    }
    const where = `packages/${owner}/package.json`.replace('packages//', '')
    const declared = { ...devDependencies, ...dependencies }
    const missing = [...used].filter(([name]) => declared[name] === undefined)
    const unused = Object.keys(dependencies).filter(name => !used.has(name))
    const wrong = Object.entries(declared).flatMap(([name, version]) => {
      const expected = manifests.get(name)?.version ?? versions.get(name) ?? version
      versions.set(name, expected)
      const problem = version === expected ? 'versions are exact' : `elsewhere it is ${expected}`
      return version === expected && /^\d/.test(version) ? [] : [`${where} → ${name} ${version}: ${problem}`]
    })
    return [
      ...missing.map(([name, file]) => `${file} → ${name}: ${where} does not declare it`),
      ...unused.map(name => `${where} → ${name}: none of its files imports it`),
      ...wrong,
    ]
  })
}
