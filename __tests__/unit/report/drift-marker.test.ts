import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  identityMarker,
  memoryMarker,
  readIdentity,
  readMemory,
  remember,
  scopeOf,
} from '../../../src/report/drift-issue/marker.js'
import { anyItem, sampleDrift, sampleItem } from '../../support/drift.js'
import { sampleInputs } from '../../support/sample.js'

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

  it('have a scope that order and letter case do not change', () => {
    const cluster = (text: string) => ({ kind: 'name' as const, text, resourceGroup: 'rg' })
    const registry = (text: string) => ({ kind: 'name' as const, text })
    const inputs = { ...sampleInputs, clusters: [cluster('a'), cluster('b')], registries: [registry('contosoacr')] }
    const scope = scopeOf(inputs)
    expect(scopeOf({ ...inputs, clusters: [cluster('B'), cluster('a')] })).toBe(scope)
    expect(scopeOf({ ...inputs, clusters: [cluster('a')] })).not.toBe(scope)
    expect(scopeOf({ ...inputs, registries: [registry('otheracr')] })).not.toBe(scope)
    expect(scopeOf({ ...inputs, subscriptionId: 'another' })).not.toBe(scope)
    // What is a target in one place is none in the other.
    expect(scopeOf({ ...inputs, clusters: [], registries: [registry('s/rg/a')] })).not.toBe(
      scopeOf({ ...inputs, clusters: [cluster('a')], registries: [] }),
    )
  })
})
