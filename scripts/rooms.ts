import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const simulator = 'packages/azure-simulator'
/** The packages that the action is made of: src/ imports them, and they never import src/. */
const parts = readdirSync(join(import.meta.dirname, '../packages'))
  .map(name => `packages/${name}`)
  .filter(folder => folder !== simulator)

/** Maximum number of floors of a source folder: a room stands one floor above the highest room that it imports. */
const maxFloors: Record<string, number> = { src: 6, [`${simulator}/src`]: 6 }

/** Folders without floors; their imports must not form circles either. */
const others = [
  ...parts.map(part => `${part}/src`),
  `${simulator}/__tests__`,
  `${simulator}/scripts`,
  '__tests__',
  'bench',
  'scripts',
]

/** Folders that import nothing by a path that leaves them. */
const packages = ['src', simulator, ...parts.map(part => `${part}/src`)]

/** Nodes, each with its imports. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>

const root = join(import.meta.dirname, '..')

/**
 * Every TypeScript file in a folder of the repository, with the files that it imports; type imports count, packages
 * don't.
 */
function readFiles(folder: string): Graph {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return new Map(
    paths
      .filter(path => path.endsWith('.ts'))
      .map(path => join(folder, path))
      .map(file => {
        const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'))
        const imports = importedFiles
          .filter(({ fileName }) => fileName.startsWith('.') && !fileName.endsWith('.json'))
          .map(({ fileName }) => join(dirname(file), fileName).replace(/\.js$/, '.ts'))
        return [file, new Set(imports)]
      }),
  )
}

/** The entries of a folder, files and folders, with the sibling entries that they import. */
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

/** Finds a path that returns to its start. */
function findCircle(graph: Graph): string[] | undefined {
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

/** The floor of each room, from 1 for those that import no other; the graph must not have circles. */
function floorsOf(graph: Graph): ReadonlyMap<string, number> {
  const floors = new Map<string, number>()
  const floorOf = (node: string): number => {
    const floor = floors.get(node) ?? 1 + Math.max(0, ...[...(graph.get(node) ?? [])].map(floorOf))
    floors.set(node, floor)
    return floor
  }
  for (const node of graph.keys()) floorOf(node)
  return floors
}

/** Describes circular imports between files or folders. */
function findCircles(source: string, files: Graph): string[] {
  const folders = new Set([source, ...[...files.keys()].flatMap(ancestors)])
  return [...folders].flatMap(folder => {
    const circle = findCircle(entriesOf(files, folder))
    return circle === undefined ? [] : [`${folder}: imports go in a circle, ${circle.join(' → ')}`]
  })
}

/** Describes relative imports that leave a package. */
function findLeaks(source: string): string[] {
  return [...readFiles(source)].flatMap(([file, imports]) =>
    [...imports]
      .filter(path => path.endsWith('.ts') && !path.startsWith(`${source}/`))
      .map(path => `${file}: ${path} is not of ${source}`),
  )
}

/** Prints the floors of a source folder, and returns its errors. */
function check(source: string, max: number): string[] {
  const files = readFiles(source)
  const problems = findCircles(source, files)
  if (problems.length > 0) return problems
  const floors = [...floorsOf(entriesOf(files, source))]
  const highest = Math.max(...floors.map(([, floor]) => floor))
  for (let floor = highest; floor > 0; floor--) {
    const rooms = floors.flatMap(([room, on]) => (on === floor ? room : []))
    console.log(`${source} ${floor}: ${rooms.sort().join(', ')}`)
  }
  return highest > max ? [`${source}: ${highest} floors, but only ${max} are allowed`] : []
}

/** The folders that contain a file, innermost first. */
function ancestors(file: string): string[] {
  const folder = dirname(file)
  return folder === '.' ? [] : [folder, ...ancestors(folder)]
}

/** Maximum number of lines of src/, and of the sources of a package. */
const maxLines = (folder: string): number => (folder === 'src' ? 8_000 : 5_500)

/** The packages that a folder imports by name, with the names that it takes of their entrances. */
function takenBy(folder: string): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>()
  for (const file of readFiles(folder).keys()) {
    const text = readFileSync(join(root, file), 'utf8')
    const imported = [
      ...text.matchAll(/import (?:type )?\{(?<names>[^}]*)\} from '(?<from>[^.'][^']*)'/g),
      ...text.matchAll(/\{(?<names>[^{}]*)\} = await import\('(?<from>[\w-]+)[^']*'\)/g),
      ...text.matchAll(/await import\('(?<from>[\w-]+)[^']*'\)\)\.(?<names>\w+)/g),
    ]
    for (const { groups: { names = '', from = '' } = {} } of imported) {
      const all = taken.get(from) ?? new Set()
      taken.set(from, all)
      for (const each of names.split(',')) if (each.trim()) all.add(each.replace('type ', '').trim())
    }
  }
  return taken
}

/** Prints the packages: their size, what they offer, and whom they need. Returns what is too large, and circles. */
function checkPackages(): string[] {
  const folders = [...parts.map(part => `${part}/src`), 'src']
  const nameOf = (folder: string): string => folder.split('/').at(-2) ?? folder
  const needs = new Map(folders.map(folder => [nameOf(folder), takenBy(folder)]))
  const circle = findCircle(
    new Map([...needs].map(([name, taken]) => [name, new Set([...taken.keys()].filter(each => needs.has(each)))])),
  )
  const large = folders.flatMap(folder => {
    const name = nameOf(folder)
    const lines = [...readFiles(folder).keys()].reduce(
      (sum, file) => sum + readFileSync(join(root, file), 'utf8').split('\n').length - 1,
      0,
    )
    const offered = new Set([...needs.values()].flatMap(taken => [...(taken.get(name) ?? [])]))
    const beneath = [...(needs.get(name)?.keys() ?? [])].filter(each => needs.has(each))
    console.log(
      `${name}: ${lines} lines, offers ${offered.size} names, needs ${beneath.sort().join(', ') || 'nothing'}`,
    )
    return lines > maxLines(folder) ? [`${folder}: ${lines} lines, but only ${maxLines(folder)} are allowed`] : []
  })
  return [...large, ...(circle === undefined ? [] : [`packages need each other, ${circle.join(' → ')}`])]
}

const problems = [
  ...checkPackages(),
  ...Object.entries(maxFloors).flatMap(([source, max]) => check(source, max)),
  ...others.flatMap(source => findCircles(source, readFiles(source))),
  ...packages.flatMap(findLeaks),
]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
