import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { groupBy } from 'kernel'
import { longest } from '../support/sequencer.js'

/** They compare the samples in `docs/samples.json`. */
const samples = ['errors', 'findings'].map(name => `__tests__/scenarios/advice/${name}.test.ts`)

/** Runs on each day: it shows that the action has the day of the tests. */
const days = '__tests__/scenarios/issue/since.long.test.ts'

/** What is tested on one of several days. */
export interface Share {
  /** Which of the days it is, from 0. */
  index: number
  /** How many days there are. */
  count: number
  /** Any number. The next turn has other files on each day. */
  turn: number
}

/**
 * The files of a day: its share of the unit tests, the samples, and one file of each scenario folder, which the days have together; a single day has all of it.
 * The scenarios that take longest are left out; if several days follow each other, so are all long ones of a folder that has others.
 * @param paths all tests
 */
export function filesOfDay(paths: readonly string[], { index, count, turn }: Share): string[] {
  const units = paths.filter(path => /^(?:__tests__\/unit|packages\/[^/]+)\//.test(path))
  const scenarios = paths.filter(path => path.startsWith('__tests__/scenarios/'))
  const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
  const folders = groupBy(scenarios, folderOf)
  for (const path of [...samples, days]) folders.delete(folderOf(path))
  const chosen = [...folders.values()].map(own => {
    const short = own.filter(path => !longest.some(slow => path.endsWith(`/${slow}`)))
    const shortest = count > 1 ? short.filter(path => !path.includes('.long.')) : []
    const among = shortest.length > 0 ? shortest : short
    // Each of them on each day, in the end.
    return among[Math.floor(turn / count) % among.length] ?? ''
  })
  return [days, ...[...chosen, ...samples, ...units].filter((_, at) => (at + turn) % count === index)]
}

const root = resolve(import.meta.dirname, '../..')

/** The tests of the action and of its packages, sorted. */
export function listTests(): string[] {
  const packages = readdirSync(join(root, 'packages')).filter(name => name !== 'azure-simulator')
  return ['__tests__', ...packages.map(name => `packages/${name}`)]
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => `${folder}/${path}`),
    )
    .filter(path => /\.test\.m?ts$/.test(path) && !path.includes('/node_modules/'))
    .sort()
}
