import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, type DriftItem } from 'report-document'
import { belowLine, isOwn, ownerMarker, replaceLine } from '../src/hidden-lines.js'
import { howOf, memoryMarker, nothingLeft, readMemory, type Staying } from '../src/memory.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import {
  sampleDrift,
  sampleFormer,
  sampleId,
  sampleIssue,
  sampleItem,
  sampleMemory,
  sampleSince,
} from '../../../__tests__/support/drift.js'

/** A former drift that a run did not see. */
const staying = (name: string, more: Partial<Staying> = {}): Staying => ({
  former: sampleFormer(name),
  isListed: false,
  ...more,
})

describe('the markers', () => {
  it('are one line that no name can end, and differ with it', () => {
    const names = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(names, names, (name, other) => {
        const owner = { name, run: '1.1', file: name, job: 'check', leg: '0a', at: 0 }
        const marker = ownerMarker(owner)
        const issue = sampleIssue(`Look at this one:\n${marker}\nand more`)
        expect(isOwn(issue, owner)).toBe(true)
        expect(isOwn(issue, { ...owner, name: other })).toBe(other === name)
        expect(marker.indexOf('-->')).toBe(marker.length - 3)
        expect(marker.slice(4, -3)).not.toContain('--')
        expect(marker).not.toContain('\n')
      }),
    )
  })

  it('are ignored if someone has rewritten the body', () => {
    expect(readMemory('thanks, fixed')).toEqual({ ...nothingLeft, state: '', former: undefined })
  })

  it('name the drifted and the staying items in a stable order, with whose they are', () => {
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
        ...{ kind: 'workload', how: howOf(ran) },
        clusters: [sampleId('aks-1'), sampleId('aks-2')].map(id => id.toLowerCase()),
      }),
    ])
    expect(sampleMemory(sampleDrift([gone, ran, broken]), [...open].reverse())).toEqual(memory)
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
    expect(memoryMarker({ ...memory, former: undefined })).toMatch(
      /^<!-- attach-acr state=\w{16} count=5 prove=- since=2026-11-25\.40\.1658 on=- drifts=- -->$/,
    )
  })

  it('remember fourteen hundred clusters of a subscription, each by its ID, or twelve hundred that drift in two ways', () => {
    const idOf = (index: number): string => sampleId(`aks-${index * 7919}`, `rg-${index % 40}`)
    const dates = [sampleSince, { ...sampleSince, on: '2026-11-27', number: '42', run: '1660' }]
    const memoryOf = (length: number, more = (_: number): Partial<DriftItem> => ({})) => {
      const items = Array.from({ length }, (_, index) =>
        sampleItem(idOf(index), { key: keyOf('', idOf(index), 'contosoacr'), ...more(index) }),
      )
      const places = new Map(items.map(({ target }, index) => [target, index]))
      const sinceOf = ({ target }: DriftItem) => dates[(places.get(target) ?? 0) % 2] ?? sampleSince
      return sampleMemory(sampleDrift(items), [], { sinceOf })
    }
    const mixed = memoryOf(1200, index => (index % 9 === 0 ? { access: 'by-broader-role' } : {}))
    for (const memory of [memoryOf(1400), mixed]) {
      expect(memory.former).toHaveLength(memory.count)
      expect(readMemory(memoryMarker(memory))).toEqual(memory)
    }
  })

  it('are read as the last of their kind above the line, and on a line of their own', () => {
    const [first = '', last = ''] = ['0a', '0b'].map(state => memoryMarker({ ...nothingLeft, state }))
    expect(readMemory(`${first}\r\n${last}\r\n${belowLine}\n${first}`).state).toBe('0b')
    expect(readMemory(`${first}\n> ${last}\n${last} as I said`).state).toBe('0a')
  })

  it('are replaced as they are read', () => {
    const [old, next] = [nothingLeft, { ...nothingLeft, state: '0b' }].map(memoryMarker) as [string, string]
    const body = (text: string) => `${next}\nours\n${text}\n---\n${belowLine}\n${old}`
    expect(replaceLine(body(old), 'memory', next)).toBe(body(next))
    expect(replaceLine(`ours\n${belowLine}\n${old}`, 'memory', next)).toBe(`ours\n${belowLine}\n${old}`)
  })

  it('are ignored if someone has changed them', () => {
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
      ...[null, 7, {}, [], [7], [null], columns.slice(1), [...columns, [0]], columns.with(0, ['', ''])],
      ...[change(3, 7), change(8, 'rubbish'), change(9, undefined), change(10, 'x'), change(11, 'x')],
      ...[change(0, null), change(0, 'x')],
    ]
    for (const other of others) expect(read(pack(other)), JSON.stringify(other)).toBeUndefined()
    const long = (length: number) => pack(change(2, 'x'.repeat(length)))
    expect(read(long(3_000_000))).toHaveLength(1)
    expect(read(long(5_000_000))).toBeUndefined()
  })
})
