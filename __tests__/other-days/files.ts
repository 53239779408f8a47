import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { longest } from '../support/sequencer.js'

/** The samples in `docs/samples.json` are compared on each day. */
const samples = '__tests__/scenarios/advice/advice.test.ts'

/** The file of its folder on each day: it shows that the action has the day of the tests. */
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
 * The files of a day: the samples, one file of each scenario folder, and a share of the unit tests, which the days have together. The scenarios that take longest
 * are left out; if several days follow each other, so are all long ones of a folder that has others: a single day has them in turn.
 * @param paths all tests
 */
export function filesOfDay(paths: readonly string[], { index, count, turn }: Share): string[] {
  const units = paths.filter(path => /^(?:__tests__\/unit|packages\/[^/]+)\//.test(path))
  const scenarios = paths.filter(path => path.startsWith('__tests__/scenarios/'))
  const folders = new Set(scenarios.map(path => path.split('/').slice(0, 3).join('/')))
  const chosen = [...folders].map(folder => {
    const own = scenarios.filter(path => path.startsWith(`${folder}/`))
    const fixed = own.find(path => path === samples || path === days)
    const short = own.filter(path => !longest.some(slow => path.endsWith(`/${slow}`)))
    const shortest = count > 1 ? short.filter(path => !path.includes('.long.')) : []
    const among = shortest.length > 0 ? shortest : short
    return fixed ?? among[(turn * count + index) % among.length] ?? ''
  })
  return [...chosen, ...units.filter((_, at) => (at + turn) % count === index)]
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
