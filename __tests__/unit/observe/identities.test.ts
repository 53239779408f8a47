import { expect, test } from 'vitest'
import { explainNone } from '../../../src/observe/identities.js'
import { sampleTarget } from '../../support/sample.js'

const { id: sampleId, name, location } = sampleTarget('aks-1')
const id = sampleId.replace('/subscriptions/s/', '/subscriptions/11111111-2222-4333-8444-555555555555/')
const explain = (kind: 'moving' | 'creating' | 'none', provisioningState: string) =>
  explainNone({
    ...{ id, name, location, provisioningState, powerState: 'Running', nodeResourceGroup: '' },
    pullsWith: kind === 'moving' ? { kind, clientId: '' } : { kind },
    access: {
      isPrivate: false,
      authorizedRanges: [],
      runCommandDisabled: false,
      usesEntra: false,
      pools: [],
      filledPools: [],
    },
  })

test.each([
  [
    'creating',
    'Creating',
    'aks-1 has no kubelet identity yet, because it is being created (provisioning state: Creating).',
    ' --created',
  ],
  [
    'moving',
    'Updating',
    "Can't tell what the nodes of aks-1 pull with: it is being changed and has no kubelet identity yet (provisioning state: Updating).",
    ' --updated',
  ],
] as const)(
  'a cluster without a kubelet identity that may still get one is unknown: %s',
  (kind, state, message, wait) => {
    const error = explain(kind, state)
    expect(error).toMatchObject({ code: 'NO_KUBELET_IDENTITY', message, isUnknowable: true })
    expect(error.fix.commands).toEqual([expect.stringMatching(new RegExp(`^az aks wait .*${wait}$`))])
    expect(error.fix.text).not.toContain('create it again')
  },
)

test.each([
  ['Failed', true],
  ['canceled', true],
  ['Succeeded', false],
  ['', false],
])('only one whose creation ended is to be created again: "%s"', (state, isBroken) => {
  const error = explain('none', state)
  expect(error.message).toBe(`aks-1 has no kubelet identity (provisioning state: ${state || 'unknown'}).`)
  expect(error.detail).toBeUndefined()
  expect(error.fix.text.includes('create it again')).toBe(isBroken)
  expect(error.fix.commands).toEqual([expect.stringMatching(/^az aks show /)])
})
