// Prints the packages of the action with their size, what they offer and what they use, and their tests; lists circles, and what is offered in vain.
// Who may import whom is in config/boundaries.js.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { findAmbiguous } from './names.js'

const root = resolve(import.meta.dirname, '..')
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

/** The packages of the action, lowest first. */
export const packageNames = Object.keys((readJson('config/packages.json') as { packages: object }).packages)

interface Source {
  /** From the root of the repository. */
  path: string
  text: string
  /** The number of lines. */
  lines: number
  /** What it imports from where, as it is written; the names are empty for a whole module. */
  imports: { names: string[]; from: string }[]
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const imports = [...text.matchAll(/^(?:import|export) (?:type )?(?:\{([^}]*)\}|\*[^']*) from '([^']+)'/gm)].map(
    ([, names = '', from = '']) => ({ names: listNames(names), from }),
  )
  const later = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, from = '']) => ({ names: [], from }))
  return { path, text, lines: text.split('\n').length - 1, imports: [...imports, ...later] }
}

/** The names in the braces of an import or export, as the other module calls them. */
function listNames(list: string): string[] {
  return [...list.replaceAll(/\/\/.*/g, '').matchAll(/(?:^|,)\s*(?:type )?(\w+)/g)].map(([, name = '']) => name)
}

function readFolder(folder: string): Source[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => /\.m?ts$/.test(path) && !path.includes('node_modules'))
    .map(path => readSource(`${folder}/${path}`))
}

const parts = [...packageNames, 'src'].map(name => {
  const folder = name === 'src' ? '' : `packages/${name}/`
  const files = readFolder(`${folder}src`)
  return { name, folder: `${folder}src`, files, tests: readFolder(`${folder}__tests__`), offers: offersOf(name, files) }
})

/** The names that the entrances of a package export. */
function offersOf(name: string, files: readonly Source[]): string[] {
  if (name === 'src') return []
  const { exports = {} } = readJson(`packages/${name}/package.json`) as { exports?: string | Record<string, string> }
  const entrances = [exports]
    .flatMap(each => (typeof each === 'string' ? each : Object.values(each)))
    .map(file => join('packages', name, file))
  const texts = files.filter(({ path }) => entrances.includes(path)).map(({ text }) => text)
  const listed = texts.flatMap(text => [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)])
  const declared = texts.flatMap(text => [
    ...text.matchAll(/^export (?:async )?(?:function|const|interface|type|class) (\w+)/gm),
  ])
  return [...listed.flatMap(([, names = '']) => listNames(names)), ...declared.map(([, each = '']) => each)]
}

function describe(): string {
  const sum = (sources: readonly Source[]): number => sources.reduce((all, { lines }) => all + lines, 0)
  const rows = parts.map(({ name, files, tests, offers }) => {
    const types = files.flatMap(({ text }) => text.match(/^(?:export )?(?:interface|type) \w/gm) ?? [])
    const used = new Set(files.flatMap(({ imports }) => imports.map(({ from }) => from.split('/')[0] ?? '')))
    const uses = packageNames.filter(each => each !== name && used.has(each))
    return [
      name,
      files.length,
      sum(files),
      types.length,
      name === 'src' ? '' : offers.length,
      sum(tests),
      uses.join(', '),
    ]
  })
  const [lines, tests] = [parts.flatMap(({ files }) => files), parts.flatMap(each => each.tests)].map(sum)
  const cells = [['package', 'files', 'lines', 'types', 'offers', 'tests', 'uses'], ...rows].map(row => row.map(String))
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map(row => row[at]?.length ?? 0))) ?? []
  const align = (cell: string, at: number): string =>
    at > 0 && at < 6 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
  const table = cells.map(row => row.map(align).join('  ').trimEnd())
  const ratio = ((tests ?? 0) / (lines ?? 1)).toFixed(2)
  return [
    ...table,
    `${lines ?? 0} lines of the action, ${tests ?? 0} of tests: ${ratio} a line; the goal is 1.25`,
  ].join('\n')
}

/** An index.ts offers only what other parts of the action import. */
function findUnusedOffers(): string[] {
  const imports = parts.flatMap(({ name, files }) =>
    files.flatMap(file => file.imports.map(each => ({ ...each, name }))),
  )
  return packageNames.flatMap(owner => {
    const taken = imports.filter(({ from, name }) => from === owner && name !== owner)
    if (taken.some(({ names }) => names.length === 0)) return []
    const names = new Set(taken.flatMap(each => each.names))
    const listed = offersOf(owner, [readSource(`packages/${owner}/src/index.ts`)])
    return listed
      .filter(each => !names.has(each))
      .map(each => `${owner} offers ${each}: nothing else of the action imports it`)
  })
}

/** Imports that go in a circle between the entries, files and folders, of a folder: of each source folder, and of those inside it. */
function findCircles(folder: string, files: readonly Source[]): string[] {
  const arrows = files.flatMap(({ path, imports }) =>
    imports.flatMap(({ from }) =>
      from.startsWith('.') ? [[path, join(dirname(path), from.replace(/\.js$/, '.ts'))]] : [],
    ),
  )
  const folders = new Set([folder, ...files.map(({ path }) => dirname(path))])
  return [...folders].flatMap(each => {
    const entryOf = (path = ''): string | undefined =>
      path.startsWith(`${each}/`) ? relative(each, path).split('/')[0] : undefined
    const graph = new Map<string, Set<string>>()
    for (const [from, to] of arrows.map(pair => pair.map(entryOf)))
      if (from !== undefined && to !== undefined && from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to))
    const circle = findCircle(graph)
    return circle === undefined ? [] : [`${each}: imports go in a circle: ${circle.join(' → ')}`]
  })
}

function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>()
  const visit = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return undefined
    done.add(node)
    return firstOf(graph.get(node) ?? [], next => visit(next, [...path, node]))
  }
  return firstOf(graph.keys(), node => visit(node, []))
}

/** What the first of the nodes gives for which there is something. */
function firstOf<T>(nodes: Iterable<string>, find: (node: string) => T | undefined): T | undefined {
  for (const node of nodes) {
    const found = find(node)
    if (found !== undefined) return found
  }
  return undefined
}

type Ambiguous = ReturnType<typeof findAmbiguous>

/** The maximum number of names with several meanings, of all and of exported ones: numbers that only fall. */
const { names: maxNames } = readJson('config/packages.json') as { names: { all: number; exported: number } }

const countNames = (found: Ambiguous) => ({ all: found.length, exported: found.filter(each => each.isExported).length })

function describeAmbiguous(found: Ambiguous): string {
  const { all, exported } = countNames(found)
  const lines = found.map(
    each => `  ${each.name} ×${each.meanings}${each.isExported ? ', exported' : ''}: ${each.paths.join(', ')}`,
  )
  return [`\n${all} names have several meanings, ${exported} of them exported:`, ...lines].join('\n')
}

/** Fails also if fewer have, until the number in packages.json has fallen, too. */
function findTooAmbiguous(found: Ambiguous): string[] {
  const counts = countNames(found)
  return (['all', 'exported'] as const).flatMap(which =>
    counts[which] === maxNames[which]
      ? []
      : `${counts[which]} names (${which}) have several meanings: config/packages.json says ${maxNames[which]}, a number that only falls.`,
  )
}

if (process.argv[1] === import.meta.filename) {
  console.log(describe())
  const ambiguous = findAmbiguous(parts.flatMap(({ files }) => files))
  console.log(describeAmbiguous(ambiguous))
  const circles = parts.flatMap(({ folder, files }) => findCircles(folder, files))
  const problems = [...circles, ...findUnusedOffers(), ...findTooAmbiguous(ambiguous)]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
