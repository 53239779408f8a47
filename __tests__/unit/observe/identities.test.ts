import { toFixJson } from 'kernel'
import { expect, test } from 'vitest'
import { createContainerService } from '@azure/arm-containerservice/api'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import type { AzureContext } from 'azure-clients'
import { awaitKubeletIdentity, explainNone, type Waiting } from '../../../src/observe/identities.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { restError } from '../../support/rest-error.js'
import { openAccess, sampleTarget } from '../../support/sample.js'

const { id: sampleId, name, location } = sampleTarget('aks-1')
const id = sampleId.replace('/subscriptions/s/', '/subscriptions/11111111-2222-4333-8444-555555555555/')
const clusterOf = (kind: 'moving' | 'creating' | 'none', provisioningState: string) => ({
  id,
  name,
  location,
  provisioningState,
  powerState: 'Running',
  nodeResourceGroup: '',
  pullsWith: kind === 'moving' ? { kind, clientId: '' } : { kind },
  access: openAccess,
})
const explain = (...of: Parameters<typeof clusterOf>) => explainNone(clusterOf(...of))

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
    expect(toFixJson(error.fix).commands).toEqual([expect.stringMatching(new RegExp(`^az aks wait .*${wait}$`))])
    expect(toFixJson(error.fix).text).not.toContain('Create the cluster again')
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
  expect(toFixJson(error.fix).text.includes('Create the cluster again')).toBe(isBroken)
  expect(toFixJson(error.fix).commands).toEqual([expect.stringMatching(/^az aks show /)])
})

test.each([
  [503, 'object-1', 2],
  [403, undefined, 1],
  [404, undefined, 1],
  [0, null, 0],
])('a look at a cluster that is being created that ends with %i: it pulls as %s', async (status, objectId, looks) => {
  const kubeletidentity = { objectId: 'object-1', clientId: 'c', resourceId: '/id' }
  const properties = { provisioningState: 'Creating', identityProfile: { kubeletidentity } }
  const httpClient: HttpClient = {
    sendRequest: request => {
      const headers = createHttpHeaders({ 'content-type': 'application/json' })
      return Promise.resolve({ request, headers, status: 200, bodyAsText: JSON.stringify({ id, name, properties }) })
    },
  }
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) }
  let asked = 0
  const containerService = (subscription: string) => {
    asked += 1
    if (asked === 1) throw restError(status, { error: { code: 'ResourceNotFound', message: 'No.' } })
    return createContainerService(credential, subscription, { httpClient, endpoint: 'https://management.azure.com' })
  }
  const azure = { clients: { caller: {}, containerService }, signal: new AbortController().signal }
  // Without a registry, nobody is waited for.
  const lookups = status === 0 ? [] : [{ asked: 'contosoacr', value: {} }]
  const beside = Promise.resolve({ lookups, problems: [] })
  const waiting = { clock: createFakeClock(), onIdentity: () => undefined, beside } as unknown as Waiting
  const cluster = clusterOf('creating', 'Creating')
  const { value } = await awaitKubeletIdentity(
    azure as unknown as AzureContext,
    cluster,
    { timeoutMs: 60_000 },
    waiting,
  )
  expect(value?.pullsWith).toEqual(
    objectId === null ? cluster.pullsWith : objectId && expect.objectContaining({ objectId }),
  )
  expect(asked).toBe(looks)
})
