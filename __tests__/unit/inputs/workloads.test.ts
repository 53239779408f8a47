import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readInputs } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, inputIds, readClusterInputs } from '../../support/inputs.js'

beforeEach(giveDefaults)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('workloads', () => {
  it('is empty by default', async () => {
    expect(await readClusterInputs()).not.toHaveProperty('workloads')
  })

  it.each([
    ['shop', { kind: 'named', names: ['shop'] }],
    ['shop\n# a comment\n\n"web"\nshop', { kind: 'named', names: ['shop', 'web'] }],
    ['*', { kind: 'all', except: [] }],
    ['*\n!kube-system\n! default\n*', { kind: 'all', except: ['default', 'kube-system'] }],
    ['!kube-system\n*', { kind: 'all', except: ['kube-system'] }],
    ['*\nshop', { kind: 'all', except: [] }],
    ['shop\nweb\n!web', { kind: 'named', names: ['shop'] }],
  ])('reads %j', async (text, workloads) => {
    give('workloads', text)
    expect((await readClusterInputs()).workloads).toEqual(workloads)
  })

  it('is ignored with a warning where nothing runs that it could be about', async () => {
    give('workloads', 'shop')
    give('mode', 'detach')
    expect(await readClusterInputs()).not.toHaveProperty('workloads')
    expect((await readInputs()).ignored).toEqual(['workloads is ignored when mode is detach.'])

    give('mode', 'check')
    expect(await readClusterInputs()).toMatchObject({ ignored: [], workloads: { names: ['shop'] } })
    give('cluster', '')
    give('kubelet-identity', inputIds.identity)
    expect(await readClusterInputs()).not.toHaveProperty('workloads')
    expect((await readInputs()).ignored).toEqual([
      'workloads is ignored without cluster: an identity runs no workloads yet.',
    ])

    give('mode', 'merge')
    give('reports', 'reports')
    expect((await readInputs()).ignored).toEqual(['workloads is ignored when mode is merge.'])
  })
})
