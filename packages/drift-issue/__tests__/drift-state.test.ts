import { describe, expect, it } from 'vitest'
import type { Drift, DriftItem } from 'report-document'
import { isMarked, ownerMarker, sealMarker } from '../src/hidden-lines.js'
import { howOf, stateOf, type Staying } from '../src/memory.js'
import {
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleItem,
  sampleRepair,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'

const state = (more: Partial<Drift> = {}, staying: Staying[] = []) =>
  stateOf(sampleDrift([sampleItem('aks-1', { repairs: [sampleRepair('one')] })], more), staying)

describe('the state of an issue', () => {
  const former = sampleFormer('aks-9')
  const staying = { former, isListed: false }

  it('is another one for everything else that the issue shows', () => {
    const item = sampleItem('aks-1', { repairs: [sampleRepair('one')] })
    const states = [
      state(),
      stateOf(sampleDrift([])),
      stateOf(sampleDrift([{ ...item, repairs: [sampleRepair('two')] }])),
      stateOf(sampleDrift([{ ...item, message: 'Another role is missing' }])),
      stateOf(sampleDrift([{ ...item, access: { onlyTo: ['team/app'] } }])),
      stateOf(sampleDrift([{ ...item, access: { onlyTo: ['team/web'] } }])),
      state({ unknown: [sampleItem('aks-2', { code: 'THROTTLED' })] }),
      state({ unknown: [sampleItem('aks-2', { code: 'AZURE_UNAVAILABLE' })] }),
      ...(['by-broader-role', 'otherwise'] as const).map(access => stateOf(sampleDrift([{ ...item, access }]))),
      // The reason for an image is the action's own text.
      ...['by digest', 'by tag'].map(message => stateOf(sampleDrift([sampleItem('a', { kind: 'input', message })]))),
      state({ unknown: [sampleItem('aks-3', { code: 'THROTTLED' })] }),
      ...['a job', 'another job'].map(job => state({ gaps: [sampleGap(`${job}: no`)] })),
      ...['a role', 'another role'].map(role => state({ unseen: [sampleUnknown('no', role)] })),
      state({ ending: ['The secret of aks-1 ends.'] }),
      state({ ending: ['The secret of aks-2 ends.'] }),
      state({}, [staying]),
      state({}, [{ ...staying, former: sampleFormer('aks-8') }]),
      state({}, [{ ...staying, lacks: 'pull' }]),
    ]
    expect(new Set(states).size).toBe(states.length)
  })

  it('is the same in whatever order and letter case things are found, and whatever errors say', () => {
    const [one, two] = [sampleItem('aks-1'), sampleItem('aks-2')]
    expect(stateOf(sampleDrift([two, one]))).toBe(stateOf(sampleDrift([one, two])))
    expect(stateOf(sampleDrift([{ ...one, key: one.key.toUpperCase() }]))).toBe(stateOf(sampleDrift([one])))
    const refused = (message: string) => sampleDrift([{ ...one, code: 'PULL_DENIED', message }])
    expect(stateOf(refused('at 03:17'))).toBe(stateOf(refused('at 03:18')))
    expect(state({ fine: [sampleItem('aks-3')] })).toBe(state())
    const unread = (when: string) =>
      state({ gaps: [sampleGap(`a job: no answer ${when}`)], unseen: [sampleUnknown(`no answer ${when}`, 'a role')] })
    expect(unread('at 03:17')).toBe(unread('at 03:18'))
    const running = (pods: number) => {
      const uses = [{ cluster: 'aks-1', namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api' }]
      const counted = uses.map(use => ({ ...use, runningDigest: '', pods }))
      return stateOf(
        sampleDrift([sampleItem('api:1', { kind: 'workload', running: { name: 'api:1', uses: counted } })]),
      )
    }
    expect(running(3)).toBe(running(14))
  })
})

describe('how an item drifts', () => {
  it('says whether everything can be pulled nevertheless', () => {
    const accesses: DriftItem['access'][] = ['none', 'by-broader-role', 'otherwise', { onlyTo: [] }]
    const harmless = accesses.map(access => howOf(sampleItem('aks-1', { access })).startsWith('+'))
    expect(harmless).toEqual([false, true, true, false])
  })
})

describe('an issue of the action', () => {
  it('has a line that says whose it is, or one that seals its title', () => {
    const owner = ownerMarker({ name: 'nightly', run: '7', file: 'a.yml', job: 'check', leg: '0a', at: 0 })
    const seal = sealMarker('nightly', '0b')
    expect([owner, seal, `Look:\n${seal}\n${owner}`, '', `> ${owner}`].map(body => isMarked({ body }))).toEqual([
      ...[true, true, true, false, false],
    ])
  })
})
