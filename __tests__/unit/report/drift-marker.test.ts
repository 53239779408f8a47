import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  belowLine,
  hashOf,
  identityMarker,
  memoryMarker,
  readBelow,
  readIdentity,
  readMemory,
  remember,
} from '../../../src/report/drift-issue/marker.js'
import { anyItem, sampleDrift, sampleItem } from '../../support/drift.js'

describe('the markers', () => {
  const names = fc.string({ unit: 'grapheme' })

  it('are one line that no name can end, and differ where a part differs', () => {
    fc.assert(
      fc.property(names, names, names, names, (workflow, job, scope, other) => {
        const step = { workflow, name: workflow, job, step: job, scope, wish: 'wish' }
        const marker = identityMarker(step)
        expect(readIdentity(`${marker}\nand more`)).toEqual(step)
        for (const quoted of [`> ${marker}`, ` ${marker}`, `Look at this one:\n${marker}`])
          expect(readIdentity(quoted)).toBeUndefined()
        expect(marker.indexOf('-->')).toBe(marker.length - 3)
        expect(marker.slice(4, -3)).not.toContain('--')
        expect(marker).not.toContain('\n')
        expect(identityMarker({ ...step, workflow: other }) === marker).toBe(other === workflow)
      }),
    )
  })

  it('remember what they were made of', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 60 }), items => {
        const memory = remember(sampleDrift(items), [])
        expect(readMemory(`before\n${memoryMarker(memory)}\nafter`)).toEqual(memory)
      }),
    )
  })

  it('remember no more than fits', () => {
    const items = Array.from({ length: 10_000 }, (_, index) => sampleItem(`aks-${index}`))
    const memory = remember(sampleDrift(items), [])
    expect(memory).toMatchObject({ count: 10_000, hashes: undefined })
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
  })

  it('differ with the drift, not with its order or with what Azure says of an error', () => {
    const [a, b] = [sampleItem('a'), sampleItem('b', { code: 'CLUSTER_NOT_FOUND', what: 'since 3:17' })]
    const { state } = remember(sampleDrift([a, b]), [])
    expect(remember(sampleDrift([b, a], { fine: [sampleItem('c')] }), []).state).toBe(state)
    expect(remember(sampleDrift([a, { ...b, what: 'since 3:18' }]), []).state).toBe(state)
    expect(remember(sampleDrift([{ ...a, what: 'AcrPush is missing' }, b]), []).state).not.toBe(state)
    expect(remember(sampleDrift([a]), []).state).not.toBe(state)
    expect(remember(sampleDrift([{ ...a, access: 'by-broader-role' }, b]), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { unseen: ['The role could not be read: no'] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { commands: ['az role assignment create'] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { unknown: [sampleItem('c')] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { blind: ['THROTTLED: …'] }), []).state).not.toBe(state)
  })

  it('are nothing where someone has rewritten the body', () => {
    expect(readMemory('thanks, fixed')).toEqual({ state: '', count: 0, hashes: undefined })
  })

  it('differ where something else can be pulled, is told besides, or is carried on', () => {
    const [a, b] = [sampleItem('a'), sampleItem('image', { kind: 'image', code: 'IMAGE_CONFLICT', what: 'by digest' })]
    const limits = [['team/app'], ['shop/*'], []].map(onlyTo => sampleDrift([{ ...a, access: { onlyTo } }, b]))
    const drifts = [
      sampleDrift([a, b]),
      ...limits,
      sampleDrift([{ ...a, access: 'by-broader-role' }, b]),
      sampleDrift([{ ...a, access: 'otherwise' }, b]),
      // Of an image its reason is the action's own.
      sampleDrift([a, { ...b, what: 'by tag' }]),
      ...['c', 'd'].map(name => sampleDrift([a, b], { unknown: [sampleItem(name)] })),
      sampleDrift([a, b], { unknown: [sampleItem('c', { code: 'THROTTLED' })] }),
      ...['a job', 'another job'].map(job => sampleDrift([a, b], { blind: [`${job}: no`] })),
      ...['a role', 'another role'].map(role => sampleDrift([a, b], { unseen: [`${role}: no`] })),
      ...['az a', 'az b'].map(command => sampleDrift([a, b], { commands: [command] })),
    ]
    const states = [
      ...drifts.map(drift => remember(drift, []).state),
      ...['01', '02'].map(carried => remember(sampleDrift([a, b]), [carried]).state),
    ]
    expect(new Set(states).size).toBe(states.length)
  })

  it('do not differ with the words of others, which change from night to night', () => {
    const [one, two] = ['at 3:17', 'at 3:18'].map(when =>
      remember(sampleDrift([], { blind: [`a job: no answer ${when}`], unseen: [`a role: no answer ${when}`] }), []),
    )
    expect(one).toEqual(two)
    // Whether it is what could not be looked at or what drifted makes a difference.
    const item = sampleItem('a', { code: 'THROTTLED' })
    expect(remember(sampleDrift([item]), []).state).not.toBe(remember(sampleDrift([], { unknown: [item] }), []).state)
    const lines = ['a: no', 'a', 'a']
    const [blind, unseen, command] = lines.map(
      (line, index) => remember(sampleDrift([], { [['blind', 'unseen', 'commands'][index] ?? '']: [line] }), []).state,
    )
    expect(new Set([blind, unseen, command, remember(sampleDrift([]), ['a']).state]).size).toBe(4)
  })

  it('count what drifted and what is carried on, each once', () => {
    const [a, b] = [sampleItem('a'), sampleItem('b')]
    const carried = [hashOf(a), hashOf(sampleItem('c'))]
    const memory = remember(sampleDrift([a, b]), carried)
    expect(memory.count).toBe(3)
    expect(memory.hashes).toEqual(new Set([hashOf(a), hashOf(b), ...carried]))
    expect(hashOf(a)).toMatch(/^[0-9a-f]{8}$/)
  })

  it('hold as many hashes as fit, in an order that is the same every night', () => {
    const most = Array.from({ length: 1500 }, (_, index) => sampleItem(`aks-${index}`))
    expect(remember(sampleDrift(most), []).hashes?.size).toBe(1500)
    expect(remember(sampleDrift(most), ['00']).hashes).toBeUndefined()
    const memory = { state: '0a', count: 2, hashes: new Set(['0b', '0a']) }
    expect(memoryMarker(memory)).toBe('<!-- attach-acr state=0a count=2 keys=0a,0b -->')
    expect(memoryMarker({ ...memory, hashes: undefined })).toBe('<!-- attach-acr state=0a count=2 keys=- -->')
  })

  it('are read as the last of their kind above the line, and on a line of their own', () => {
    const [first, last] = ['0a', '0b'].map(state => memoryMarker({ state, count: 1, hashes: new Set([state]) }))
    expect(readMemory(`${first}\r\n${last}\r\n${belowLine}\n${first}`).state).toBe('0b')
    expect(readMemory(`${first}\n> ${last}\n${last} as I said`).state).toBe('0a')
    expect(readMemory('<!-- attach-acr state=0a count=0 keys= -->')).toEqual({
      state: '0a',
      count: 0,
      hashes: new Set(),
    })
  })

  it('keep what people write below the line', () => {
    expect(readBelow(`drift\n${belowLine}\nour notes`)).toBe('\nour notes')
    expect(readBelow(`${belowLine}a`)).toBe('a')
    expect(readBelow('drift, and nothing below. '.repeat(9))).toBe('')
  })
})
