import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entrancesOf, findUses, isOfAction, packageNames } from './rules.js'
import type { Repository, SourceFile } from './source.js'

/** A row of the table of packages. */
export interface PackageRow {
  name: string
  files: number
  lines: number
  types: number
  /** The number of names that its entrances export. */
  offers: number
  /** The packages that it imports, lowest first. */
  uses: string[]
}

/** The packages of the action, lowest first, then src/. */
export function measurePackages(repository: Repository): PackageRow[] {
  const uses = findUses(repository)
  return [...packageNames, 'src'].map(name => {
    const folder = name === 'src' ? 'src/' : `packages/${name}/src/`
    const files = repository.files.filter(({ path }) => path.startsWith(folder))
    const entrances = Object.values(entrancesOf(repository.manifests.get(name))).map(file => `packages/${name}/${file}`)
    const offered = files.filter(({ path }) => entrances.includes(path)).flatMap(each => each.exports)
    return {
      name,
      files: files.length,
      ...sum(files),
      offers: new Set(offered).size,
      uses: packageNames.filter(each => uses.get(name)?.has(each)),
    }
  })
}

function sum(rows: readonly { lines: number; types: number }[]): { lines: number; types: number } {
  return {
    lines: rows.reduce((all, { lines }) => all + lines, 0),
    types: rows.reduce((all, { types }) => all + types, 0),
  }
}

/** The table of packages as aligned text. */
export function describePackages(rows: readonly PackageRow[]): string {
  const total = {
    name: 'all',
    files: rows.reduce((all, { files }) => all + files, 0),
    ...sum(rows),
    offers: '',
    uses: [],
  }
  const cells = [
    ['package', 'files', 'lines', 'types', 'offers', 'uses'],
    ...[...rows, total].map(({ name, files, lines, types, offers, uses }) =>
      [name, files, lines, types, name === 'src' ? '' : offers, uses.join(', ')].map(String),
    ),
  ]
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map(row => row[at]?.length ?? 0))) ?? []
  const align = (cell: string, at: number): string =>
    at > 0 && at < 5 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
  return cells.map(row => row.map(align).join('  ').trimEnd()).join('\n')
}

/** What may not be exceeded today, and in the end. */
interface Ceiling {
  ceiling: number
  target: number
}

/** Ceilings of what is still above its target, or has another one than the rest, by name: see `measure`. They are only lowered. */
type Ceilings = Record<string, Ceiling>

const ceilingsFile = join(import.meta.dirname, '../../config/ceilings.json')
const ceilings = JSON.parse(readFileSync(ceilingsFile, 'utf8')) as Ceilings

const maxLines = 5500
const maxNames = 25

/** Something that has a ceiling. */
export interface Measure {
  name: string
  value: number
  /** Applies if config/ceilings.json has none; absent if that must have one. */
  max?: number
}

export function measure({ files }: Repository, rows: readonly PackageRow[]): Measure[] {
  const own = files.filter(({ path }) => isOfAction(path))
  return [
    { name: 'files under 25 lines', value: own.filter(isSmall).length },
    { name: 'lines of src/main.ts', value: own.find(({ path }) => path === 'src/main.ts')?.lines ?? 0 },
    ...rows.flatMap(({ name, lines, offers }) => [
      { name: `lines of ${name}`, value: lines, max: maxLines },
      { name: `names offered by ${name}`, value: offers, max: maxNames },
    ]),
  ]
}

/** An index.ts lists what its package offers, and can be as short as that. */
const isSmall = ({ path, lines }: SourceFile): boolean => lines < 25 && !path.endsWith('/index.ts')

/** How far below its ceiling something may be before the ceiling must be lowered. */
const slackOf = (ceiling: number): number => Math.max(3, ceiling / 20)

/** Lists what is above its ceiling, and ceilings that can be lowered, so that nothing grows back. */
export function checkCeilings(measures: readonly Measure[], by: Ceilings = ceilings): string[] {
  const unknown = Object.keys(by).filter(each => measures.every(({ name }) => name !== each))
  return [
    ...measures.flatMap(({ name, value, max = 0 }) => {
      const { ceiling, target } = by[name] ?? { ceiling: max, target: max }
      if (value > ceiling) return [`${name}: ${value}, but only ${ceiling} are allowed, and ${target} in the end`]
      const isLoose = ceiling > target && Math.max(value, target) < ceiling - slackOf(ceiling)
      return isLoose
        ? [`${name}: ${value}, so lower the ceiling of ${ceiling}: npx tsx scripts/packages.ts --lower`]
        : []
    }),
    ...unknown.map(name => `config/ceilings.json: nothing measures ${name}`),
  ]
}

/** Lowers each ceiling to a hundredth above what is there now, so that a small change need not wait for a fold, but not under its target. */
export function lowerCeilings(measures: readonly Measure[]): void {
  const values = new Map(measures.map(({ name, value }) => [name, value]))
  const rows = Object.entries(ceilings).map(([name, { ceiling, target }]) => {
    const lower = Math.min(ceiling, Math.max(target, Math.ceil((values.get(name) ?? ceiling) * 1.01)))
    return `  ${JSON.stringify(name)}: { "ceiling": ${lower}, "target": ${target} }`
  })
  writeFileSync(ceilingsFile, `{\n${rows.join(',\n')}\n}\n`)
}
