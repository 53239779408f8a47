import { expect, test } from 'vitest'
import { inPart } from './support/parts.js'

/** What is declared with a part of the suite: its tests, and those that are skipped. */
function declareIn(part: string) {
  const [chosen, skipped]: [string[], string[]] = [[], []]
  const collect = (names: string[]) =>
    Object.assign((name: string) => void names.push(name), {
      for: (entries: readonly string[]) => (name: string) => void names.push(...entries.map(entry => name + entry)),
    })
  const it = inPart(Object.assign(collect(chosen), { skip: collect(skipped) }), part)
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six']) it(name)
  it.for(['a', 'b', 'c', 'd', 'e', 'f', 'g'])('each ')
  it.for(['kubectl'])('short ')
  return { chosen, skipped }
}

test('the parts of a suite are the whole, and no test is in two', () => {
  const whole = declareIn('')
  expect(whole.skipped).toEqual([])
  const parts = ['1/3', '2/3', '3/3'].map(declareIn)
  for (const { chosen, skipped } of parts) expect([...chosen, ...skipped].sort()).toEqual([...whole.chosen].sort())
  expect(parts.flatMap(({ chosen }) => chosen).sort()).toEqual([...whole.chosen].sort())
  for (const { chosen } of parts) expect(chosen.filter(name => name.startsWith('each ')).length).toBeGreaterThan(1)
})

test.each(['0/3', '4/3', '2', 'a/b', '2/3/4'])('there is no part %s', part => {
  expect(() => declareIn(part)).toThrow(/like 2\/3/)
})
