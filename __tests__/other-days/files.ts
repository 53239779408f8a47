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
 * The files of a day: the samples, one file of each scenario folder, and a share of the unit tests, which the days have together. Scenarios that take
 * long are left out.
 * @param paths all tests
 */
export function filesOfDay(paths: readonly string[], { index, count, turn }: Share): string[] {
  const units = paths.filter(path => path.startsWith('__tests__/unit/'))
  const scenarios = paths.filter(path => path.startsWith('__tests__/scenarios/'))
  const folders = new Set(scenarios.map(path => path.split('/').slice(0, 3).join('/')))
  const chosen = [...folders].map(folder => {
    const own = scenarios.filter(path => path.startsWith(`${folder}/`))
    const fixed = own.find(path => path === samples || path === days)
    const short = own.filter(path => !longest.some(slow => path.endsWith(`/${slow}`)))
    return fixed ?? short[(turn * count + index) % short.length] ?? ''
  })
  return [...chosen, ...units.filter((_, at) => (at + turn) % count === index)]
}
