import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { parse } from 'yaml'
import { namesOfEachRun, otherDays } from '../../other-days/days.js'
import { filesOfDay, listTests } from '../../other-days/files.js'
import { generateDocuments, readText } from '../../../scripts/readme-tables.js'
import { datesIn } from '../../support/advice/samples.js'
import { parseAsGitHub } from '../../support/github-workflow.js'

const path = '.github/workflows/other-days.yml'
const content = readText(path)

const startOf = (name: string, now: string): string => otherDays[name]?.(new Date(now)).at.toISOString() ?? ''

describe('what is generated is the same on any day', () => {
  it('samples have only dates that their worlds fix', () => {
    const samples = Object.values(JSON.parse(readText('docs/samples.json')) as Record<string, string>)
    expect(samples.flatMap(datesIn)).toEqual([])
    // They are found.
    expect(samples.filter(sample => /since 2026-11-25\b/.test(sample))).toHaveLength(1)
    expect(datesIn('runs it, since 2026-11-28.')).toEqual(['2026-11-28'])
  })

  it('and so are the documents', () => {
    const wanted = generateDocuments()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2028-02-29T12:00:00Z') })
    onTestFinished(() => void vi.useRealTimers())
    expect(generateDocuments()).toEqual(wanted)
  })
})

describe('the other days', () => {
  it.each([
    ['tomorrow', '2027-01-01T10:00:00.000Z'],
    ['in 40 days', '2027-02-09T10:00:00.000Z'],
    ['29 February', '2028-02-29T12:00:00.000Z'],
    ['31 December', '2026-12-31T23:59:50.000Z'],
    ['Pacific/Auckland', '2027-09-25T13:59:50.000Z'],
    ['in 400 days', '2028-02-04T10:00:00.000Z'],
  ])('start right on the last day of a year: %s', (name, start) => {
    expect(startOf(name, '2026-12-31T10:00:00Z')).toBe(start)
  })

  it('are another day than today, except that every year has one end', () => {
    expect(startOf('29 February', '2028-02-29T10:00:00Z')).toBe('2032-02-29T12:00:00.000Z')
    expect(startOf('29 February', '2096-03-01T00:00:00Z')).toBe('2104-02-29T12:00:00.000Z')
    expect(startOf('31 December', '2027-01-01T00:00:00Z')).toBe('2027-12-31T23:59:50.000Z')
  })

  it('are in summer time ten seconds after their start in Auckland', () => {
    for (const year of [2026, 2027, 2028, 2029, 2030, 2031, 2032]) {
      const { at, zone } = otherDays['Pacific/Auckland']?.(new Date(Date.UTC(year, 0, 1))) ?? { at: new Date(NaN) }
      const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'long' })
      expect(format.format(at)).toMatch(/\/09\/\d{4}, 01:59:50/)
      expect(format.format(new Date(at.getTime() + 10_000))).toMatch(/\/09\/\d{4}, 03:00:00/)
    }
  })
})

describe('the tests of other days', () => {
  const paths = listTests()
  const isUnit = (each: string): boolean => !each.startsWith('__tests__/') || each.startsWith('__tests__/unit/')
  const folderOf = (each: string): string => each.split('/').slice(0, 3).join('/')
  const folders = new Set(paths.filter(each => each.startsWith('__tests__/scenarios/')).map(folderOf))
  const days = (turn: number) => [0, 1, 2, 3, 4].map(index => filesOfDay(paths, { index, count: 5, turn }))

  it('are together all unit tests, the samples, and a file of each folder of scenarios', () => {
    expect(folders.size).toBeGreaterThan(9)
    expect(paths.filter(each => each.startsWith('packages/kernel/'))).not.toEqual([])
    const samples = ['errors', 'findings'].map(name => `__tests__/scenarios/advice/${name}.test.ts`)
    const shown = '__tests__/scenarios/issue/since.long.test.ts'
    const all = days(7).flat()
    expect(all.filter(isUnit).sort()).toEqual(paths.filter(isUnit))
    for (const files of days(7)) expect(files).toContain(shown)
    const scenarios = all.filter(each => !isUnit(each) && each !== shown)
    for (const each of scenarios) expect(paths).toContain(each)
    expect(scenarios.filter(each => each.includes('/advice/')).sort()).toEqual(samples)
    const others = [...folders].filter(folder => !/\/(?:advice|issue)$/.test(folder))
    expect(
      scenarios
        .map(folderOf)
        .filter(folder => others.includes(folder))
        .sort(),
    ).toEqual(others.sort())
  })

  it('bring each file to each day, turn by turn', () => {
    const met = new Set(
      Array.from({ length: 200 }, (_, turn) => days(turn)).flatMap(all =>
        all.flatMap((files, index) => files.filter(each => each.includes('/attach/')).map(each => `${index} ${each}`)),
      ),
    )
    const ofFolder = new Set([...met].map(each => each.slice(2)))
    expect(ofFolder.size).toBeGreaterThan(9)
    expect(met.size).toBe(5 * ofFolder.size)
  })

  it('are others in the next turn, and all of them on a single day', () => {
    const [first, second] = [days(0), days(1)]
    for (const index of [0, 1, 2, 3, 4]) {
      const common = first[index]?.filter(each => second[index]?.includes(each)) ?? []
      expect(common.filter(isUnit)).toEqual([])
      expect(common.length).toBeLessThan(folders.size)
    }
    const alone = filesOfDay(paths, { index: 0, count: 1, turn: 3 })
    expect(alone.filter(isUnit)).toEqual(paths.filter(isUnit))
  })

  it('have long scenarios on a single day, and on several days where a folder has no others', () => {
    const isLong = (each: string): boolean => each.includes('.long.')
    const hasShort = (folder: string): boolean => paths.some(each => each.startsWith(`${folder}/`) && !isLong(each))
    for (const turn of [0, 1, 2, 3])
      for (const each of days(turn).flat().filter(isLong))
        if (!each.includes('/issue/')) expect(hasShort(folderOf(each)), each).toBe(false)
    const alone = [0, 1, 2, 3, 4].flatMap(turn => filesOfDay(paths, { index: 0, count: 1, turn }))
    expect(alone.filter(isLong).filter(each => each.includes('/proof/'))).not.toEqual([])
  })

  it('are in .ci/run, with faketime', () => {
    const script = readText('.ci/run')
    expect(script).toMatch(/^npm run test:other-days$/m)
    expect(script).toContain(' faketime:faketime ')
    expect(namesOfEachRun).toHaveLength(5)
  })
})

describe(path, () => {
  it('is a valid GitHub workflow with valid expressions', async () => {
    const { errors, template } = await parseAsGitHub(path, content)
    expect(errors).toEqual([])
    if (template === undefined) throw new Error('it is empty')
    expect(template.errors ?? []).toEqual([])
  })

  it('runs weekly and on demand on each day that there is, and only reads', () => {
    const { on, jobs } = parse(content) as {
      on: object
      jobs: { test: { permissions: object; strategy: { matrix: { day: string[] } } } }
    }
    expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch'])
    expect(jobs.test.permissions).toEqual({ contents: 'read' })
    expect(jobs.test.strategy.matrix.day.toSorted()).toEqual(Object.keys(otherDays).toSorted())
  })
})
