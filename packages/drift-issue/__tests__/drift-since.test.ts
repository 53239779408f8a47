import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDating } from '../src/compare.js'
import {
  countDays,
  countNights,
  dayOf,
  describeSince,
  oldestOf,
  packSince,
  unpackSince,
  type FormerDrift,
  type Since,
} from '../src/former-drift.js'
import { memoryMarker, readMemory } from '../src/memory.js'
import {
  anyItem,
  sampleDrift,
  sampleFormer,
  sampleItem,
  sampleMemory,
  sampleSince as first,
} from '../../../__tests__/support/drift.js'

const now = Date.UTC(2026, 10, 27, 3, 17)
const today: Since = { on: '2026-11-27', number: '42', run: '1660', isOrEarlier: false, nights: 1 }
const [a, b, c] = ['a', 'b', 'c'].map(name => sampleItem(name)) as [Item, Item, Item]
type Item = ReturnType<typeof sampleItem>

describe('a date', () => {
  it('is a day in UTC, and the first day counts', () => {
    expect(dayOf(Date.UTC(2026, 10, 27, 23, 59))).toBe('2026-11-27')
    expect(countDays(first, now)).toBe(3)
    expect(countDays(today, now)).toBe(1)
    // The clock of another runner is ahead.
    expect(countDays({ ...today, on: '2026-11-29' }, now)).toBe(1)
    expect(describeSince(first, now)).toBe('2026-11-25 (day 3)')
    expect(describeSince({ ...first, isOrEarlier: true }, now)).toBe('2026-11-25 or earlier (day 3 or later)')
  })

  it('is read as it was written, and otherwise not at all', () => {
    for (const since of [first, { ...first, isOrEarlier: true }, { ...first, number: '', run: '' }])
      expect(unpackSince(packSince(since))).toEqual(since)
    for (const text of ['', '2026-11-25', '2026-11-25.x.1', '2026-99-99.1.1', '2026-11-25.1.1--', ' 2026-11-25.1.1'])
      expect(unpackSince(text), text).toBeUndefined()
  })

  it('of the oldest is that of the earliest day', () => {
    expect(oldestOf([today, first])).toBe(first)
    expect(oldestOf([first, { ...first, isOrEarlier: true }])?.isOrEarlier).toBe(true)
    expect(oldestOf([])).toBeUndefined()
  })
})

describe('the nights of a drift', () => {
  const [before, on] = ['2026-11-24', '2026-11-27']

  it('are counted from today on, each once, and 30 at most', () => {
    const since = (nights?: number): Since => ({ ...first, ...(nights !== undefined && { nights }) })
    expect(countNights(since(0b101), before, on, true)).toEqual({ nights: 0b101001 })
    expect(countNights(since(0b101), before, on, false)).toEqual({ nights: 0b101000 })
    expect(countNights(since(0b101), on, on, true)).toEqual({ nights: 0b101 })
    expect(countNights(since(2 ** 30 - 1), before, on, true)).toEqual({ nights: 2 ** 30 - 8 + 1 })
    expect(countNights(since(2 ** 30 - 1), '2026-09-01', on, false)).toEqual({})
    // The clock of another runner is ahead, or nobody knows the day.
    expect(countNights(since(0b10), on, before, true)).toEqual({ nights: 0b11 })
    expect(countNights(since(0b10), '', on, true)).toEqual({ nights: 1 })
    expect(countNights(since(), before, on, true)).toEqual({ nights: 1 })
  })

  it('are remembered, and those of a damaged memory are not', () => {
    const sinceOf = (item: Item): Since => (item.key === a.key ? { ...first, nights: 2 ** 30 - 1 } : today)
    const memory = sampleMemory(sampleDrift([a, b]), [], { sinceOf })
    expect(readMemory(memoryMarker(memory)).former?.map(({ since }) => since.nights)).toEqual([2 ** 30 - 1, 1])
    for (const nights of [2 ** 30, -1, 1.5]) {
      const damaged = sampleMemory(sampleDrift([a]), [], { sinceOf: () => ({ ...first, nights }) })
      expect(readMemory(memoryMarker(damaged)).former?.[0]?.since).toEqual(first)
    }
  })
})

describe('the memory', () => {
  it('keeps the date of each item, the oldest of all, and the day of its text', () => {
    const sinceOf = (item: Item): Since => (item.key === a.key ? first : today)
    const memory = { ...sampleMemory(sampleDrift([b, a]), [], { sinceOf }), shownOn: '2026-11-27' }
    expect(memory.since).toEqual(first)
    expect(memoryMarker(memory)).toContain(' count=2 prove=- since=2026-11-25.40.1658 on=2026-11-27 drifts=')
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
    expect(readMemory(memoryMarker({ ...memory, former: undefined }))).toEqual({ ...memory, former: undefined })
    // The dates are not news.
    expect(memory.state).toBe(sampleMemory(sampleDrift([b, a])).state)
  })

  it('keeps what stays with its date', () => {
    const staying = { former: sampleFormer('c', { since: first }), isListed: false }
    const memory = sampleMemory(sampleDrift([a]), [staying], { sinceOf: () => today })
    expect(memory.since).toEqual(first)
    expect(memory.former?.map(({ since }) => since.on)).toEqual(['2026-11-27', '2026-11-25'])
  })

  it('remembers any items with their dates', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 40 }), fc.boolean(), (items, isOrEarlier) => {
        const memory = sampleMemory(sampleDrift(items), [], { sinceOf: () => ({ ...first, isOrEarlier }) })
        expect(readMemory(memoryMarker(memory))).toEqual(memory)
      }),
    )
  })
})

describe('an item', () => {
  const datesOf = (...memories: Parameters<typeof createDating>[0]) => {
    const drift = sampleDrift([a, b, c])
    return drift.items.map(createDating(memories, drift, today))
  }
  const listing = (...former: FormerDrift[]) => ({ former, count: former.length, shownOn: '2026-11-25' })
  // Today is the first night that is remembered.
  const seen = { ...first, nights: 1 }

  it('has drifted since the run that the issue remembers, otherwise since this run', () => {
    expect(datesOf(listing(sampleFormer('a')))).toEqual([seen, today, today])
    const before = sampleFormer('a', { since: { ...first, nights: 1 } })
    expect(datesOf(listing(before))[0]).toEqual({ ...first, nights: 0b101 })
    expect(datesOf(listing())).toEqual([today, today, today])
    expect(datesOf()).toEqual([today, today, today])
  })

  it('has drifted since the run that the last of several issues remembers', () => {
    const second = { ...first, on: '2026-11-26' }
    const [one, two] = [listing(sampleFormer('a'), sampleFormer('b')), listing(sampleFormer('a', { since: second }))]
    expect(datesOf(one, two)).toEqual([{ ...second, nights: 1 }, seen, today])
  })

  it('has drifted since this run or earlier if an issue has only counted its items', () => {
    const earlier = { ...today, isOrEarlier: true }
    const counted = (count: number) => ({ former: undefined, count, shownOn: '' })
    expect(datesOf(counted(9))).toEqual([earlier, earlier, earlier])
    expect(datesOf(listing(sampleFormer('b')), counted(9))).toEqual([earlier, seen, earlier])
    expect(datesOf(counted(0))).toEqual([today, today, today])
  })
})
