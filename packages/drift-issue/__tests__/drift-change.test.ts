import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FormerDrift } from '../src/former-drift.js'
import { compare, isAllSeen } from '../src/compare.js'
import { howOf, memoryMarker, nothingLeft, readMemory } from '../src/memory.js'
import {
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleId,
  sampleItem,
  sampleMemory,
} from '../../../__tests__/support/drift.js'

/** Gives the same answer for everything, and records the questions. */
const leaveFor =
  (why: string, asked: FormerDrift[] = []) =>
  (former: FormerDrift) => {
    asked.push(former)
    return Promise.resolve(why)
  }

const stays = leaveFor('')

const namesOf = (all: readonly { former: FormerDrift }[]) => all.map(({ former }) => former.target)

describe('a comparison with the former drift', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => sampleItem(name)) as [Item, Item, Item, Item]
  type Item = ReturnType<typeof sampleItem>
  const memory = sampleMemory(sampleDrift([a, b, c]))

  it('finds worse, better and unknown items', async () => {
    const asked: FormerDrift[] = []
    const drift = sampleDrift([a, d], { fine: [b], unknown: [{ ...c, code: 'THROTTLED', message: 'no answer' }] })
    const { worse, better, gone, staying, isItemized } = await compare(memory, drift, leaveFor('', asked))
    expect([worse, better, gone, isItemized]).toEqual([[d], [b], [], true])
    expect(staying).toEqual([{ former: sampleFormer('c'), isListed: true }])
    expect(asked).toEqual([])
  })

  it('finds what could pull nevertheless and no longer can', async () => {
    const harmless = (['by-broader-role', 'otherwise'] as const).map((access, index) =>
      sampleItem(`${index}`, { access }),
    )
    const known = sampleMemory(sampleDrift([...harmless, a]))
    const [x, y] = harmless.map(item => ({ ...item, access: 'none' as const })) as [Item, Item]
    const onlyTo = { ...y, access: { onlyTo: ['app'] } }
    expect(await compare(known, sampleDrift([x, onlyTo, a]), stays)).toMatchObject({ worse: [], lost: [x, onlyTo] })
    expect(await compare(known, sampleDrift([...harmless, a]), stays)).toMatchObject({ worse: [], lost: [] })
    const gone = sampleMemory(sampleDrift([x, y]))
    expect(await compare(gone, sampleDrift(harmless), stays)).toMatchObject({ worse: [], lost: [], better: [] })
  })

  it('looks up items that were not seen, and keeps those that have no reason to leave', async () => {
    const asked: FormerDrift[] = []
    const open = await compare(memory, sampleDrift([a]), leaveFor('', asked))
    expect(asked.map(({ target }) => target)).toEqual(['b', 'c'])
    expect(open).toMatchObject({ gone: [], staying: [{ isListed: false }, { isListed: false }] })
    expect(namesOf(open.staying)).toEqual(['b', 'c'])
    const left = await compare(memory, sampleDrift([a]), leaveFor('it was deleted'))
    expect([namesOf(left.gone), left.staying]).toEqual([['b', 'c'], []])
  })

  it('does not list items if there are too many to remember', async () => {
    expect(await compare({ former: undefined }, sampleDrift([a]), stays)).toEqual({
      worse: [],
      lost: [],
      better: [],
      gone: [],
      staying: [],
      doubts: [],
      isItemized: false,
    })
  })

  it.each([
    ['identity', 'PRINCIPAL_NOT_FOUND'],
    ...['PULL_DENIED', 'IMAGE_NOT_FOUND', 'AZURE_REFUSED'].map(code => ['pull', code] as const),
  ] as const)('does not take a pair for repaired until this run has seen it: %s after %s', async (proof, code) => {
    const broken = sampleItem('a', { code })
    const unseen = sampleItem('a', { unproven: ['identity', 'pull'] })
    const formerBroken = sampleFormer('a', { toProve: [proof], how: howOf(broken) })
    const known = sampleMemory(sampleDrift([broken, b]))
    expect(known.former).toEqual([formerBroken, sampleFormer('b')])
    const fineWith = (...fine: Item[]) => compare(known, sampleDrift([], { fine }), stays)

    const blind = await fineWith(unseen, { ...b, unproven: ['identity', 'pull'] })
    expect(blind.staying).toEqual([{ former: formerBroken, lacks: proof, isListed: false }])
    expect(blind.better.map(({ name }) => name)).toEqual(['b'])
    expect(sampleMemory(sampleDrift([]), blind.staying).former).toEqual([formerBroken])
    const other = { ...a, unproven: [proof === 'pull' ? ('identity' as const) : ('pull' as const)] }
    expect(await fineWith(other, b)).toMatchObject({ staying: [], better: [other, b] })

    // Its role went, too.
    const worse = sampleDrift([unseen], { fine: [b] })
    const { doubts, staying } = await compare(known, worse, stays)
    expect([doubts, staying]).toEqual([[{ item: unseen, proof }], []])
    expect(sampleMemory(worse, [], { doubts }).former).toEqual([sampleFormer('a', { toProve: [proof] })])
    // This run saw that it is only the role.
    const seenBefore = await compare(known, sampleDrift([a]), stays)
    expect(sampleMemory(sampleDrift([a]), [], { doubts: seenBefore.doubts }).former).toEqual([sampleFormer('a')])
  })

  it('remembers all that a run must see of a pair, but only of a pair', async () => {
    const dead = sampleMemory(sampleDrift([sampleItem('a', { code: 'PRINCIPAL_NOT_FOUND' })]))
    const refused = sampleDrift([sampleItem('a', { code: 'PULL_DENIED', unproven: ['identity', 'pull'] })])
    const memory = sampleMemory(refused, [], { doubts: (await compare(dead, refused, stays)).doubts })
    expect(memory).toMatchObject({ toProve: ['identity', 'pull'], former: [{ toProve: ['identity', 'pull'] }] })
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
    const image = sampleItem('web:1', { kind: 'input', code: 'IMAGE_NOT_FOUND' })
    expect(sampleMemory(sampleDrift([image]))).toMatchObject({ toProve: [], former: [{ toProve: [] }] })
  })

  it('knows what a run must see if there are too many items to remember each', () => {
    const fine = [a, b]
    const counted = { ...nothingLeft, state: 'x', count: 2, former: undefined }
    const dead = { ...counted, toProve: ['identity' as const] }
    expect(isAllSeen(dead, sampleDrift([], { fine }))).toBe(true)
    const doubtful = sampleDrift([], { fine: [a, { ...b, unproven: ['identity'] }] })
    expect(isAllSeen(dead, doubtful)).toBe(false)
    expect(isAllSeen({ ...counted, toProve: ['pull'] }, doubtful)).toBe(true)
    expect(isAllSeen(counted, doubtful)).toBe(true)
    expect(isAllSeen({ ...counted, count: 3 }, doubtful)).toBe(false)
    expect(isAllSeen(counted, sampleDrift([], { fine, unknown: [c] }))).toBe(false)
    expect(isAllSeen(counted, sampleDrift([], { fine, gaps: [sampleGap('a: no report')] }))).toBe(false)

    const code = 'PRINCIPAL_NOT_FOUND'
    const items = Array.from({ length: 3000 }, (_, index) => sampleItem(sampleId(`aks-${index * 7919}`), { code }))
    const memory = sampleMemory(sampleDrift(items))
    expect(memory).toMatchObject({ count: 3000, toProve: ['identity'], former: undefined })
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
  })

  it('never loses a drift: each one remains, was seen right, is gone or stays', async () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'))
    await fc.assert(
      fc.asyncProperty(names, names, names, names, fc.boolean(), async (before, items, unknown, fine, isGone) => {
        const itemsOf = (some: string[]) => some.map(name => sampleItem(sampleId(name)))
        const drift = sampleDrift(itemsOf(items), { unknown: itemsOf(unknown), fine: itemsOf(fine) })
        const { former } = sampleMemory(sampleDrift(itemsOf(before)))
        const { better, gone, staying } = await compare({ former }, drift, leaveFor(isGone ? 'deleted' : ''))
        const kept = [...drift.items, ...better].map(({ key }) => key)
        const accounted = new Set([...kept, ...[...gone, ...staying].map(each => each.former.key)])
        for (const { key } of former ?? []) expect(accounted).toContain(key)
        // Only an item that was seen right counts as repaired.
        for (const { target } of better) expect(fine.map(name => sampleId(name))).toContain(target)
      }),
    )
  })
})

describe('the same thing', () => {
  const isSeen = async (former: FormerDrift, item: Partial<ReturnType<typeof sampleItem>>): Promise<boolean> => {
    const drift = sampleDrift([], { fine: [sampleItem('x', item)] })
    return (await compare({ former: [former] }, drift, stays)).better.length === 1
  }
  const [one, other] = [sampleId('aks-1'), sampleId('aks-1', 'rg-other')]

  it('has the same ID in any letter case, whatever its registry is called', async () => {
    const former = sampleFormer(one)
    for (const registry of [
      'ContosoAcr',
      'contosoacr.azurecr.io',
      'contosoacr-h4sh.azurecr.io',
      'contosoacr.eastus.geo.azurecr.io',
    ])
      expect(await isSeen(former, { target: one.toUpperCase(), registry }), registry).toBe(true)
    expect(await isSeen(former, { target: one, registry: 'otheracr' })).toBe(false)
    expect(await isSeen(former, { target: other })).toBe(false)
    // Two registries can have the same name if their login servers have hashes.
    const hashed = sampleFormer(one, { registry: 'contosoacr-aaaa.azurecr.io' })
    expect(await isSeen(hashed, { target: one, registry: 'contosoacr-bbbb.azurecr.io' })).toBe(false)
  })

  it('is found among others of the same name', async () => {
    const drift = sampleDrift([], { fine: [sampleItem(other), sampleItem(one)] })
    const former = [sampleFormer(one), sampleFormer(other)]
    const { better } = await compare({ former }, drift, stays)
    expect(better.map(({ target }) => target)).toEqual([one, other])
  })

  it('has the same name in its own job if one of the two was not found, and in no other', async () => {
    const jobs = ['0a']
    expect(await isSeen(sampleFormer('AKS-1', { jobs }), { target: one, jobs })).toBe(true)
    expect(await isSeen(sampleFormer(one, { jobs }), { target: 'aks-1', jobs: ['0b', '0a'] })).toBe(true)
    for (const others of [['0b'], []]) {
      expect(await isSeen(sampleFormer('aks-1', { jobs }), { target: one, jobs: others })).toBe(false)
      expect(await isSeen(sampleFormer(one, { jobs: others }), { target: 'aks-1', jobs })).toBe(false)
    }
    expect(await isSeen(sampleFormer(one, { jobs }), { target: one, jobs: ['0b'] })).toBe(true)
    expect(await isSeen(sampleFormer('aks-1'), { target: 'aks-1', key: 'another job aks-1 contosoacr' })).toBe(false)
    expect(await isSeen(sampleFormer('aks-1'), { target: 'aks-1', key: ' aks-1 contosoacr' })).toBe(true)
  })

  it('is not repaired by another job, while its own may be the one without a report', async () => {
    const former = sampleFormer(one, { jobs: ['0a'] })
    const better = async (jobs: string[], gaps: ReturnType<typeof sampleGap>[]) => {
      const drift = sampleDrift([], { fine: [sampleItem('x', { target: one, jobs })], gaps })
      const { better: found, staying } = await compare({ former: [former] }, drift, stays)
      return [found.length, staying.length]
    }
    const gaps = [sampleGap('a job: no report')]
    expect(await better(['0b'], gaps)).toEqual([0, 1])
    expect(await better(['0b', '0a'], gaps)).toEqual([1, 0])
    // All jobs have left one: its inputs have changed since.
    expect(await better(['0b'], [])).toEqual([1, 0])
  })

  it('is not an image that merely has the name of a cluster', async () => {
    const image = sampleFormer('aks-1', { kind: 'input', key: 'aks-1 contosoacr' })
    expect(await isSeen(image, { target: 'aks-1' })).toBe(false)
    expect(await isSeen(image, { target: 'aks-1', kind: 'input', key: 'aks-1 contosoacr' })).toBe(true)
    const cluster = sampleFormer('aks-1')
    expect(await isSeen(cluster, { target: 'aks-1', kind: 'input', key: 'aks-1 contosoacr' })).toBe(false)
  })

  it('is not an image of another repository whose last part is the same', async () => {
    const image = (name: string) => ({
      kind: 'input' as const,
      target: `${name}/app:1`,
      key: `${name}/app:1 contosoacr`,
    })
    expect(await isSeen({ ...sampleFormer('x'), ...image('team') }, image('other'))).toBe(false)
    expect(await isSeen({ ...sampleFormer('x'), ...image('team') }, image('team'))).toBe(true)
  })
})
