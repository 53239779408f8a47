import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { builtInRoles, delegationCondition } from 'azure'
import { ActionError } from 'kernel'
import { createNewRoles } from '../src/arm/new-roles.js'
import type { ArmContext } from '../src/arm/resources.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers'
const registry = `${group}/Microsoft.ContainerRegistry/registries/contosoacr`
const cluster = `${group}/Microsoft.ContainerService/managedClusters/aks-1`
const now = 100 * 60_000

const principalId = '22222222-2222-4222-8222-222222222222'
const who = `The client 'x' with object id '${principalId}'`

const refusal = (action: string): ActionError => {
  const message = `${who} does not have authorization to perform action '${action}' over scope '${registry}'.`
  const azure = { status: 403, code: 'AuthorizationFailed', message }
  return new ActionError('AUTHORIZATION_FAILED', 'It is refused', { resource: registry, azure })
}

const pull = 'Microsoft.ContainerRegistry/registries/pull/read'

const own = principalId
const aGroup = '33333333-3333-4333-8333-333333333333'

/** An identity that has AcrPull. @param held the minutes since it was assigned, by the scope where that can be read @param principalId who has it @param more of the assignment */
function begin(held: Record<string, number>, principalId = own, objectId = '', more: object = {}, timeoutMs = 900_000) {
  const listForScope = (scope: string, { filter = '' }: { filter?: string }) => {
    const age = held[`/${scope.replace(/^\//, '')}`]
    if (age === undefined) throw new RestError('No.', { statusCode: 403, code: 'AuthorizationFailed' })
    const updatedOn = new Date(now - age * 60_000)
    // No other filter lists what an identity holds through groups.
    return filter.includes('assignedTo(')
      ? [{ id: '1', scope, principalId, roleDefinitionId: builtInRoles.acrPull.id, updatedOn, ...more }]
      : []
  }
  const clients = { caller: { name: '', objectId }, authorization: { roleAssignments: { listForScope } } }
  const azure = { clients, signal: new AbortController().signal } as unknown as ArmContext
  const clock = createFakeClock()
  const limits = { timeoutMs, namespace: 'probes' }
  const said: string[] = []
  const onWait = (sentence: string): void => void said.push(sentence)
  const newRoles = createNewRoles(azure, { clock, armTime: () => now, ...limits, onWait })
  newRoles.lookAlsoAt([cluster])
  /** How long the refusal is waited for, in seconds. */
  const wait = async (): Promise<number> => {
    const before = clock.slept.length
    await expect(newRoles.patiently(() => Promise.reject(refusal(pull)))).rejects.toMatchObject({ recovers: false })
    return clock.slept.slice(before).reduce((sum, ms) => sum + ms, 0) / 1000
  }
  return { newRoles, clock, said, wait }
}

/** Whether a refusal at the registry recovers. */
const recovers = async (held: Record<string, number>, action = pull) =>
  (await begin(held).newRoles.explain(refusal(action))).recovers

describe('a refusal', () => {
  it('recovers if a role that allows it was assigned lately, and is final if it is old or allows something else', async () => {
    expect(await recovers({ [registry]: 14 })).toBe(true)
    expect(await recovers({ [registry]: 15 })).toBe(false)
    expect(await recovers({ [registry]: 1 }, 'Microsoft.Authorization/roleAssignments/write')).toBe(false)
  })

  it('recovers, however old the role is, if a group has it: the membership may be new', async () => {
    const { newRoles, said, wait } = begin({ [registry]: 60 * 24 * 365 }, aGroup)
    expect((await newRoles.explain(refusal(pull))).recovers).toBe(true)
    expect(await wait()).toBe(900)
    expect(said).toHaveLength(1)
    // What the group's role does not allow, no membership does.
    expect((await newRoles.explain(refusal('Microsoft.Authorization/roleAssignments/write'))).recovers).toBe(false)
  })

  it("recovers if its roles there can't be read, and another one is new", async () => {
    expect(await recovers({ [cluster]: 1 })).toBe(true)
  })

  it('is waited for no longer than another role, which stands for those that can’t be read, is new', async () => {
    expect(await begin({ [cluster]: 14 }).wait()).toBe(60)
  })

  it.each([
    ['has a new role', { [registry]: 1 }],
    ['may have one, as another is new', { [cluster]: 1 }],
    ['may have one', {}],
  ])('is waited for no longer than the timeout where the identity %s', async (_, held) => {
    expect(await begin(held, own, '', {}, 30_000).wait()).toBe(30)
  })

  it.each([{}, { [cluster]: 15 }])(
    'is waited for two minutes, once in a run, if its roles there can’t be read, and no other is new: %j',
    async held => {
      const { newRoles, clock, said, wait } = begin(held)
      expect(await wait()).toBe(120)
      expect(said).toEqual([expect.stringContaining('2:00')])
      expect(await wait()).toBe(0)
      expect((await newRoles.explain(refusal(pull))).recovers).toBe(false)
      expect(clock.slept.length).toBe(12)
    },
  )

  it('of a name that no list has is not waited for, unless another role is new: it may be wrong', async () => {
    const unseen = new ActionError('REGISTRY_NOT_FOUND', 'It is not there')
    const find = async (age: number) => (await begin({ [cluster]: age }, own, own).newRoles.find(unseen))?.limitMs
    expect(await find(14)).toBe(60_000)
    expect(await find(15)).toBeUndefined()
  })

  it.each([
    ['allows it, and was changed lately', [principalId], 1, true],
    ['allows it, and is old', [principalId], 15, false],
    ['allows another holder, and was changed lately', ['33333333-2222-4222-8222-222222222222'], 1, false],
  ])('by a condition is waited for if it %s', async (_, principalIds, age, isFound) => {
    const condition = delegationCondition({ principalIds })
    const roleDefinitionId = builtInRoles.accessAdministrator.id
    const { newRoles } = begin({ [registry]: age }, own, own, { condition, roleDefinitionId })
    const azure = { status: 403, code: 'AuthorizationFailed', message: `${who} has an ABAC condition` }
    const byCondition = new ActionError('AUTHORIZATION_FAILED', 'It is refused', { resource: registry, azure })
    const holder = { principalId, principalType: 'ServicePrincipal', roleId: builtInRoles.acrPull.id }
    const found = await newRoles.find(byCondition, { action: 'write', ...holder, targetId: cluster, name: 'aks-1' })
    expect(found !== undefined).toBe(isFound)
  })

  it.each([
    ['the namespace', `${cluster}/namespaces/probes`, true],
    ['the cluster alone', cluster, false],
  ])('inside the namespace of the probes is waited for where a role is new: at %s', async (_, scope, isFound) => {
    const roleDefinitionId = '7f6c6a51-bcf8-42ba-9220-52d62157d7db'
    const { newRoles } = begin({ [scope]: 1 }, own, own, { roleDefinitionId })
    newRoles.lookAlsoAt([registry])
    const text = 'User does not have access to the resource in Azure in the namespace "probes"'
    const said = { what: 'It is refused', quote: { by: 'It said:', text } }
    const details = { resource: cluster, detail: 'create pods' }
    const found = await newRoles.find(new ActionError('AUTHORIZATION_FAILED', said, details))
    expect(found?.readAt).toBe(isFound ? 'here' : 'elsewhere')
  })
})
