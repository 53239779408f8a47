import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition, repositoryCondition, widenCondition } from '../src/condition.js'
import { coversRepositories } from '../src/pattern.js'
import { actions, allows, anyCondition, isIn } from '../../../__tests__/support/conditions.js'
import { names, readableCondition, wantedRepositories } from '../../../__tests__/support/conditions.js'

const { content, metadata } = actions
const whole = (...patterns: string[]) => ({ patterns, isWhole: true })

describe('a condition on repositories', () => {
  it('is understood in every spelling, and allows the same when it is written again', () => {
    fc.assert(
      fc.property(readableCondition, text => {
        const { patterns, isWhole } = readRepositoryCondition(text)
        expect(isWhole).toBe(true)
        const again = patterns.length > 0 ? repositoryCondition(patterns) : undefined
        const isAgain = (each: string): boolean => again !== undefined && allows(again, content, each)
        const allowed = names.filter(each => allows(text, content, each))
        expect(names.filter(isAgain)).toEqual(allowed)
        expect(names.filter(each => coversRepositories(patterns, [each]))).toEqual(allowed)
      }),
      { numRuns: 200 },
    )
  })

  it('is never misread: whatever is understood, Azure understands the same', () => {
    fc.assert(
      fc.property(anyCondition, wantedRepositories, (text, wanted) => {
        const { patterns, isWhole } = readRepositoryCondition(text)
        if (!isWhole) expect(patterns).toEqual([])
        const covered = wanted.filter(pattern => coversRepositories(patterns, [pattern]))
        const allowed = names.filter(each => allows(text, content, each))
        expect(names.filter(each => isIn(each, covered) && !allowed.includes(each))).toEqual([])
        if (isWhole) expect(names.filter(each => coversRepositories(patterns, [each]))).toEqual(allowed)
      }),
      { numRuns: 300 },
    )
  })

  it('that is widened keeps its text, and additionally allows exactly the desired repositories', () => {
    fc.assert(
      fc.property(anyCondition, fc.array(wantedRepositories, { minLength: 1, maxLength: 3 }), (text, steps) => {
        fc.pre(readRepositoryCondition(text).isWhole)
        let widened = text
        for (const wanted of steps) {
          const before = widened
          widened = widenCondition(before, wanted)
          // Inserted is a clause at the end, or more names in the last one.
          expect(widened.includes(before) || widened.startsWith(before.slice(0, -2))).toBe(true)
          // What was written is read again, so that a second run writes nothing.
          expect(coversRepositories(readRepositoryCondition(widened).patterns, wanted)).toBe(true)
        }
        for (const action of Object.values(actions)) {
          const isRead = [content, metadata].includes(action)
          const expected = names.filter(each => allows(text, action, each) || (isRead && isIn(each, steps.flat())))
          expect([action, names.filter(each => allows(widened, action, each))]).toEqual([action, expected])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('has one clause for the desired repositories, however often it is widened', () => {
    fc.assert(
      fc.property(readableCondition, wantedRepositories, (text, wanted) => {
        const widened = widenCondition(text, wanted)
        expect(widenCondition(widened, wanted)).toBe(widened)
      }),
    )
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(wantedRepositories, wanted => {
        expect(readRepositoryCondition(repositoryCondition(wanted))).toEqual(whole(...new Set(wanted)))
      }),
    )
  })
})
