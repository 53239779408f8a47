import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, type Drift, type DriftItem } from 'report-document'
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
import { belowLine } from '../src/hidden-lines.js'
import { describeChange } from '../src/text.js'
import { howOf, memoryMarker, nothingLeft, readMemory, hashOfState, type Staying } from '../src/memory.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import {
  anyItem,
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleId,
  sampleItem,
  sampleMemory,
  sampleRepair,
  sampleSince as first,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'

/** A former drift that a run did not see. */
const staying = (name: string, more: Partial<Staying> = {}): Staying => ({
  former: sampleFormer(name),
  isListed: false,
  ...more,
})
const now = Date.UTC(2026, 10, 27, 3, 17)
const today: Since = { on: '2026-11-27', number: '42', run: '1660', isOrEarlier: false, nights: 1 }
const [a, b, c] = ['a', 'b', 'c'].map(name => sampleItem(name)) as [Item, Item, Item]
type Item = ReturnType<typeof sampleItem>

describe('the memory', () => {
  it('names the drifted and the staying items in a stable order, with whose they are', () => {
    const gone = sampleItem('b', { code: 'CLUSTER_NOT_FOUND', jobs: ['0a', '0b'], registryId: sampleRegistry().id })
    const broken = sampleItem('d', { code: 'NO_KUBELET_IDENTITY' })
    const ran = sampleItem('e', { kind: 'workload', clusters: [sampleId('AKS-2'), sampleId('aks-1')] })
    const open = [staying('c'), staying('a')]
    const memory = sampleMemory(sampleDrift([broken, gone, ran]), open)
    expect(memory.count).toBe(5)
    expect(memory.former).toEqual([
      sampleFormer('a'),
      sampleFormer('b', { how: howOf(gone), jobs: ['0a', '0b'], registryId: sampleRegistry().id }),
      sampleFormer('c'),
      sampleFormer('d', { how: howOf(broken) }),
      sampleFormer('e', {
        kind: 'workload',
        how: howOf(ran),
        clusters: [sampleId('aks-1'), sampleId('aks-2')].map(id => id.toLowerCase()),
      }),
    ])
    expect(sampleMemory(sampleDrift([gone, ran, broken]), [...open].reverse())).toEqual(memory)
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
    expect(memoryMarker({ ...memory, former: undefined })).toMatch(
      /^<!-- attach-acr state=\w{16} count=5 prove=- since=2026-11-25\.40\.1658 on=- drifts=- -->$/,
    )
  })

  it('remembers fourteen hundred clusters of a subscription, each by its ID, or twelve hundred that drift in two ways', () => {
    const idOf = (index: number): string => sampleId(`aks-${index * 7919}`, `rg-${index % 40}`)
    const dates = [first, { ...first, on: '2026-11-27', number: '42', run: '1660' }]
    const memoryOf = (length: number, more = (_: number): Partial<DriftItem> => ({})) => {
      const items = Array.from({ length }, (_, index) =>
        sampleItem(idOf(index), { key: keyOf('', idOf(index), 'contosoacr'), ...more(index) }),
      )
      const places = new Map(items.map(({ target }, index) => [target, index]))
      const sinceOf = ({ target }: DriftItem) => dates[(places.get(target) ?? 0) % 2] ?? first
      return sampleMemory(sampleDrift(items), [], { sinceOf })
    }
    const mixed = memoryOf(1200, index => (index % 9 === 0 ? { today: 'by-broader-role' as const } : {}))
    for (const memory of [memoryOf(1400), mixed]) {
      expect(memory.former).toHaveLength(memory.count)
      expect(readMemory(memoryMarker(memory))).toEqual(memory)
    }
  })

  it('is read from the last of its lines above the line of people, which is a line of its own', () => {
    const [first = '', last = ''] = ['0a', '0b'].map(state => memoryMarker({ ...nothingLeft, state }))
    expect(readMemory(`${first}\r\n${last}\r\n${belowLine}\n${first}`).state).toBe('0b')
    expect(readMemory(`${first}\n> ${last}\n${last} as I said`).state).toBe('0a')
  })

  it('is ignored if someone has changed it', () => {
    const pack = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64')
    const read = (drifts: string) =>
      readMemory(`<!-- attach-acr state=0a count=1 prove=- since=- on=- drifts=${drifts} -->`).former
    const place = ['pair nodes', '', 'a', 'contosoacr.azurecr.io', '', '', '', 'node-1 node-2']
    const row = [...place, '2026-11-25.40.1658', sampleFormer('a').how, '2026-11-25', 0]
    const columns = row.map(value => [value])
    const change = (place: number, value: unknown) => row.map((old, at) => [at === place ? value : old])
    expect(read(pack(columns))).toEqual([sampleFormer('a', { toProve: ['nodes'], nodes: ['node-1', 'node-2'] })])
    expect(read('abcd')).toBeUndefined()
    const others: unknown[] = [
      null,
      7,
      {},
      [],
      [7],
      [null],
      columns.slice(1),
      [...columns, [0]],
      columns.with(0, ['', '']),
      change(3, 7),
      change(8, 'rubbish'),
      change(9, undefined),
      change(10, 'x'),
      change(11, 'x'),
      change(0, null),
      change(0, 'x'),
    ]
    for (const other of others) expect(read(pack(other)), JSON.stringify(other)).toBeUndefined()
    const long = (length: number) => pack(change(2, 'x'.repeat(length)))
    expect(read(long(3_000_000))).toHaveLength(1)
    expect(read(long(5_000_000))).toBeUndefined()
  })

  it('keeps what stays with its date', () => {
    const old = staying('c', { former: sampleFormer('c', { since: first }) })
    const memory = sampleMemory(sampleDrift([a]), [old], { sinceOf: () => today })
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

  it('has the nights of each item, and none that are damaged', () => {
    const sinceOf = (item: Item): Since => (item.key === a.key ? { ...first, nights: 2 ** 30 - 1 } : today)
    const memory = sampleMemory(sampleDrift([a, b]), [], { sinceOf })
    expect(readMemory(memoryMarker(memory)).former?.map(({ since }) => since.nights)).toEqual([2 ** 30 - 1, 1])
    for (const nights of [2 ** 30, -1, 1.5]) {
      const damaged = sampleMemory(sampleDrift([a]), [], { sinceOf: () => ({ ...first, nights }) })
      expect(readMemory(memoryMarker(damaged)).former?.[0]?.since).toEqual(first)
    }
  })
})

describe('a date', () => {
  it('is a day in UTC, and the first day counts', () => {
    expect(dayOf(Date.UTC(2026, 10, 27, 23, 59))).toBe('2026-11-27')
    expect(countDays(first, now)).toBe(3)
    expect(countDays(today, now)).toBe(1)
    // The clock of another runner is ahead.
    expect(countDays({ ...today, on: '2026-11-29' }, now)).toBe(1)
    expect(describeSince(first, now)).toBe('2026-11-25 (for 3 days)')
    expect(describeSince({ ...first, isOrEarlier: true }, now)).toBe('2026-11-25 or earlier (for 3 days or longer)')
  })

  it('is counted in one way, the first day included, wherever an age is said', () => {
    const items = ['aks-1', 'aks-2', 'aks-3'].map(name => sampleItem(name))
    const changeOf = (...ages: Since[]): string =>
      describeChange(sampleDrift(items), item => ages[items.findIndex(({ name }) => name === item.name)] ?? first, now)
    expect([countDays(first, now), changeOf(first, first, first)]).toEqual([3, 'for 3 days'])
    expect(changeOf(first, today, first)).toBe('1 more since last night, 2 for 3 days')
    expect(changeOf(first, { ...first, on: '2026-11-26' }, today)).toBe('1 more since last night, 2 for up to 3 days')
    expect(changeOf(today, today, today)).toBe('new')
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

it('the nights of a drift are counted from today on, each once, and 30 at most', () => {
  const [before, on] = ['2026-11-24', '2026-11-27']
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

const state = (more: Partial<Drift> = {}, open: Staying[] = []) =>
  hashOfState(sampleDrift([sampleItem('aks-1', { repairs: [sampleRepair('one')] })], more), open)

describe('the state of an issue', () => {
  it('is another one for everything else that the issue shows', () => {
    const item = sampleItem('aks-1', { repairs: [sampleRepair('one')] })
    const states = [
      state(),
      hashOfState(sampleDrift([])),
      hashOfState(sampleDrift([{ ...item, repairs: [sampleRepair('two')] }])),
      hashOfState(sampleDrift([{ ...item, said: { what: 'Another role is missing' } }])),
      hashOfState(sampleDrift([{ ...item, today: 'some', onlyTo: ['team/app'] }])),
      hashOfState(sampleDrift([{ ...item, today: 'some', onlyTo: ['team/web'] }])),
      state({ unknown: [sampleItem('aks-2', { code: 'THROTTLED' })] }),
      state({ unknown: [sampleItem('aks-2', { code: 'AZURE_UNAVAILABLE' })] }),
      ...(['by-broader-role', 'otherwise'] as const).map(today => hashOfState(sampleDrift([{ ...item, today }]))),
      // The reason for an image is the action's own text.
      ...['by digest', 'by tag'].map(message =>
        hashOfState(sampleDrift([sampleItem('a', { kind: 'input', message })])),
      ),
      state({ unknown: [sampleItem('aks-3', { code: 'THROTTLED' })] }),
      ...['a job', 'another job'].map(job => state({ gaps: [sampleGap(`${job}: no`)] })),
      ...['a role', 'another role'].map(role => state({ unseen: [sampleUnknown('no', role)] })),
      state({ ending: ['The secret of aks-1 ends.'] }),
      state({ ending: ['The secret of aks-2 ends.'] }),
      ...['a job', 'another job'].map(job => state({ earlier: sampleGap(`${job}: an earlier attempt`) })),
      state({}, [staying('aks-9')]),
      state({}, [staying('aks-8')]),
      state({}, [staying('aks-9', { lacks: 'pull' })]),
    ]
    expect(new Set(states).size).toBe(states.length)
  })

  it('is the same in whatever order and letter case things are found, and whatever errors say', () => {
    const [one, two] = [sampleItem('aks-1'), sampleItem('aks-2')]
    expect(hashOfState(sampleDrift([two, one]))).toBe(hashOfState(sampleDrift([one, two])))
    expect(hashOfState(sampleDrift([{ ...one, key: one.key.toUpperCase() }]))).toBe(hashOfState(sampleDrift([one])))
    const refused = (message: string) => sampleDrift([{ ...one, code: 'PULL_DENIED', said: { what: message } }])
    expect(hashOfState(refused('at 03:17'))).toBe(hashOfState(refused('at 03:18')))
    expect(state({ fine: [sampleItem('aks-3')] })).toBe(state())
    expect(sampleMemory(sampleDrift([a]), [], { sinceOf: () => today }).state).toBe(
      sampleMemory(sampleDrift([a])).state,
    )
    const unread = (when: string) =>
      state({ gaps: [sampleGap(`a job: no answer ${when}`)], unseen: [sampleUnknown(`no answer ${when}`, 'a role')] })
    expect(unread('at 03:17')).toBe(unread('at 03:18'))
    const running = (pods: number) => {
      const uses = [{ cluster: 'aks-1', namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api' }]
      const counted = uses.map(use => ({ ...use, runningDigest: '', pods }))
      return hashOfState(
        sampleDrift([sampleItem('api:1', { kind: 'workload', running: { name: 'api:1', uses: counted } })]),
      )
    }
    expect(running(3)).toBe(running(14))
  })
})

it('how an item drifts says whether everything can be pulled nevertheless', () => {
  const todays: DriftItem['today'][] = ['none', 'by-broader-role', 'otherwise', 'some']
  const harmless = todays.map(today => howOf(sampleItem('aks-1', { today })).startsWith('+'))
  expect(harmless).toEqual([false, true, true, false])
})
