import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { builtInRoles } from 'azure'
import { ActionError } from 'kernel'
import { createNewRoles } from '../src/arm/new-roles.js'
import type { ArmContext } from '../src/arm/resources.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers'
const registry = `${group}/Microsoft.ContainerRegistry/registries/contosoacr`
const cluster = `${group}/Microsoft.ContainerService/managedClusters/aks-1`
const now = 100 * 60_000

const refusal = (action: string): ActionError => {
  const message = `The client 'x' with object id '22222222-2222-4222-8222-222222222222' does not have authorization to perform action '${action}' over scope '${registry}'.`
  const azure = { status: 403, code: 'AuthorizationFailed', message }
  return new ActionError('AUTHORIZATION_FAILED', 'It is refused.', { resource: registry, azure })
}

const pull = 'Microsoft.ContainerRegistry/registries/pull/read'

/** An identity that has AcrPull through a group. @param held the minutes since it was assigned, by the scope where that can be read */
function begin(held: Record<string, number>) {
  const listForScope = (scope: string, { filter = '' }: { filter?: string }) => {
    const age = held[`/${scope.replace(/^\//, '')}`]
    if (age === undefined) throw new RestError('No.', { statusCode: 403, code: 'AuthorizationFailed' })
    const updatedOn = new Date(now - age * 60_000)
    // No other filter lists what an identity holds through groups.
    return filter.includes('assignedTo(')
      ? [{ id: '1', scope, roleDefinitionId: builtInRoles.acrPull.id, updatedOn }]
      : []
  }
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments: { listForScope } } }
  const azure = { clients, signal: new AbortController().signal } as unknown as ArmContext
  const clock = createFakeClock()
  const limits = { timeoutMs: 900_000, namespace: 'probes' }
  const newRoles = createNewRoles(azure, { clock, armTime: () => now, ...limits, onWait: () => undefined })
  newRoles.lookAlsoAt([cluster])
  return { newRoles, clock }
}

/** Whether a refusal at the registry recovers. */
const recovers = async (held: Record<string, number>, action = pull) =>
  (await begin(held).newRoles.explain(refusal(action))).recovers

describe('a refusal', () => {
  it('recovers if a role that allows it was assigned lately', async () => {
    expect(await recovers({ [registry]: 14 })).toBe(true)
  })

  it('is final if the role is old', async () => {
    expect(await recovers({ [registry]: 15 })).toBe(false)
  })

  it('is final if no new role allows it', async () => {
    expect(await recovers({ [registry]: 1 }, 'Microsoft.Authorization/roleAssignments/write')).toBe(false)
  })

  it("recovers if its roles there can't be read, and another one is new", async () => {
    expect(await recovers({ [cluster]: 1 })).toBe(true)
    expect(await recovers({ [cluster]: 15 })).toBe(false)
    expect(await recovers({})).toBe(false)
  })

  it('is waited for no longer than another role, which stands for those that can’t be read, is new', async () => {
    const { newRoles, clock } = begin({ [cluster]: 14 })
    await expect(newRoles.patiently(() => Promise.reject(refusal(pull)))).rejects.toMatchObject({ recovers: false })
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(60_000)
  })
})
