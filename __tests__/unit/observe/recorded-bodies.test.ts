// Every recorded answer of Azure about a cluster, a registry, an identity or role assignments. Its recorder masks IDs and names, so these are ours.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listEach } from '../../../src/observe/assignment-lists.js'
import type { Waiting } from '../../../src/observe/identities.js'
import { findRegistries } from '../../../src/observe/registries.js'
import { findTargets } from '../../../src/observe/targets.js'
import { answering } from '../../support/answering.js'
import { idOf, realRegistry, realTarget } from '../../support/observed.js'
import { sampleInputs } from '../../support/sample.js'

const folder = new URL('../../../packages/azure-simulator/recorded/', import.meta.url)

interface Resource {
  type: string
  properties: Record<string, unknown>
  identity?: object
}

const isResource = (body: unknown): body is Resource =>
  typeof body === 'object' && body !== null && 'type' in body && 'properties' in body

/** The recorded resources of a type, alone or in lists, each with its recording's name. */
function bodiesOf(type: string): { name: string; body: Resource }[] {
  return readdirSync(folder).flatMap(file => {
    if (!file.endsWith('.json')) return []
    const { response } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { response: { body: unknown } }
    const { value = [response.body] } = (response.body ?? {}) as { value?: unknown[] }
    const all = value.filter(isResource).filter(each => each.type.toLowerCase() === type.toLowerCase())
    return all.map((body, index) => ({ name: `${file.replace('.json', '')} ${index + 1}`, body }))
  })
}

const [{ id }, registry] = [realTarget(), realRegistry()]
const identityId = id.replace(/providers.*/, 'providers/Microsoft.ManagedIdentity/userAssignedIdentities/i')

/** The only target of a check, or why there is none. */
async function find(more: Partial<typeof sampleInputs>, answers: Parameters<typeof answering>[0]) {
  const inputs = { ...sampleInputs, mode: 'check' as const, ...more }
  const { lookups } = await findTargets(answering(answers).azure, inputs, {} as Waiting)
  return lookups.map(({ value, error }) => [value?.identity.objectId ?? error?.code, value?.state])
}

describe('a recorded cluster pulls with its kubelet identity, in whatever state it is', () => {
  /** These do not. */
  const others: Record<string, string> = {
    // As an application, whose service principal can’t be read.
    'aks_get_200_serviceprincipal 1': 'AUTHORIZATION_FAILED',
    'aks_get_200_msi_canceled_no_identityprofile_2025 1': 'NO_KUBELET_IDENTITY',
  }
  it.each(bodiesOf('Microsoft.ContainerService/managedClusters'))('$name', async ({ name, body }) => {
    const kubeletidentity = { objectId: 'o', clientId: 'c', resourceId: identityId }
    const properties = {
      ...body.properties,
      ...(body.identity !== undefined && { servicePrincipalProfile: { clientId: 'msi' } }),
      ...('identityProfile' in body.properties && { identityProfile: { kubeletidentity } }),
    }
    const { provisioningState } = body.properties
    const answers = { '/managedclusters/': { ...body, id, properties }, graph: 403 }
    const [[end, state] = []] = await find({ clusters: [idOf(id)] }, answers)
    expect(end).toBe(others[name] ?? 'o')
    if (!others[name]) expect(state).toBe(provisioningState === 'Succeeded' ? 'Running' : provisioningState)
  })
})

it.each(bodiesOf('Microsoft.ManagedIdentity/userAssignedIdentities'))(
  'a recorded identity is found: $name',
  async ({ body }) => {
    const answer = { ...body, id: identityId, name: 'i', properties: { ...body.properties, principalId: 'o' } }
    const kubeletIdentities = [idOf(identityId)]
    expect(await find({ kubeletIdentities }, { '/userassignedidentities/': answer })).toEqual([['o', '']])
  },
)

it.each(bodiesOf('Microsoft.ContainerRegistry/registries'))(
  'a recorded registry has its mode: $name',
  async ({ body }) => {
    const properties = { ...body.properties, loginServer: registry.loginServer }
    const { azure } = answering({ '/registries/': { ...body, id: registry.id, name: registry.name, properties } })
    const inputs = { ...sampleInputs, registries: [idOf(registry.id)] }
    const [{ value } = {}] = (await findRegistries(azure, inputs)).lookups
    const isAbac = body.properties.roleAssignmentMode === 'AbacRepositoryPermissions'
    expect(value?.roleAssignmentMode).toBe(isAbac ? 'ABAC' : 'RBAC')
  },
)

it('recorded role assignments are read, and are of their principals', async () => {
  // At the registry itself, where they would count if they were the cluster's, and each with a name of its own.
  const bodies = bodiesOf('Microsoft.Authorization/roleAssignments').map(({ body }) => body)
  const value = bodies.map((body, index) => ({
    ...{ ...body, id: `${registry.id}/providers/Microsoft.Authorization/roleAssignments/${index}` },
    properties: { ...body.properties, scope: registry.id },
  }))
  const [list] = await listEach(answering({ '/roleassignments': { value } }).azure)([registry.id])
  expect(list?.value?.map(({ principalId }) => principalId)).toEqual(
    bodies.map(({ properties }) => properties.principalId),
  )
  expect(bodies.length).toBeGreaterThan(5)
})
