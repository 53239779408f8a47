import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { held, roleIds } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

// Every recorded answer of Azure about a cluster, a registry, an identity or role assignments, and every recorded refusal, in place of the simulator's own.
// Azure's recorder masks IDs and names, so these are ours.

const folder = new URL('../../../packages/azure-simulator/recorded/', import.meta.url)

interface Recording {
  request: { method: string; url: string }
  response: { status: number; headers: Record<string, string>; body: unknown }
}

interface Resource {
  type: string
  properties: Record<string, unknown>
  identity?: object
}

const recordings = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => ({
    name: name.replace(/\.json$/, ''),
    ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording),
  }))

const isResource = (body: unknown): body is Resource =>
  typeof body === 'object' && body !== null && 'type' in body && 'properties' in body

/** The recorded resources of a type, alone or in lists, each with its recording's name. */
function bodiesOf(type: string): { name: string; body: Resource }[] {
  return recordings.flatMap(({ name, response: { body } }) => {
    const { value = [body] } = (body ?? {}) as { value?: unknown[] }
    const all = value.filter(isResource).filter(each => each.type.toLowerCase() === type.toLowerCase())
    return all.map((each, index) => ({ name: index === 0 ? name : `${name} ${index + 1}`, body: each }))
  })
}

/** Answers requests for a resource with another body. */
function serve({ simulator }: Scenario, id: string, body: object): void {
  const path = new RegExp(`^${id.replace(/[.]/g, '\\.')}$`, 'i')
  simulator.faults.add({ method: 'GET', path, status: 200, body, times: Infinity })
}

const clusters = bodiesOf('Microsoft.ContainerService/managedClusters')
const registries = bodiesOf('Microsoft.ContainerRegistry/registries')
const identities = bodiesOf('Microsoft.ManagedIdentity/userAssignedIdentities')
const assignments = bodiesOf('Microsoft.Authorization/roleAssignments')

/** Refusals that others recorded: azure-service-operator, `v2/internal/controllers/recordings`. */
const others = [
  {
    name: 'aks_404_agentpool',
    response: {
      status: 404,
      headers: {},
      body: {
        code: 'NotFound',
        details: [{ code: 'Unspecified', message: 'rpc error: code = NotFound desc = Could not find the agentpool' }],
        message: 'Could not find the agentpool: ap2 in subscription: 00000000-0000-0000-0000-000000000000',
        subcode: 'GetAgentPool_NotFound',
      },
    },
  },
  {
    name: 'ra_404',
    response: {
      status: 404,
      headers: {},
      body: { error: { code: 'RoleAssignmentNotFound', message: "The role assignment 'x' is not found." } },
    },
  },
]
const refusals = [...recordings, ...others].filter(
  ({ name, response: { status, body } }) => status >= 400 && /^(arm|aks|ra)_/.test(name) && body !== '',
)

/** How an attach of a recorded cluster ends; `attached` unless it is listed. */
const clusterEnds: Readonly<Record<string, string>> = {
  // It pulls as an application, whose service principal the deployer can't read in Microsoft Graph.
  aks_get_200_serviceprincipal: 'AUTHORIZATION_FAILED',
  aks_get_200_msi_canceled_no_identityprofile_2025: 'NO_KUBELET_IDENTITY',
}

describe('a recorded cluster', () => {
  it.for(clusters)('$name', async ({ name, body }, { begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry, world } = scenario
    const { resourceId, clientId, objectId } = cluster.kubeletIdentity
    const { tenantId } = world
    const { identity } = body
    const properties = {
      ...body.properties,
      // The recorder masks it, too.
      ...(identity !== undefined && { servicePrincipalProfile: { clientId: 'msi' } }),
      ...('identityProfile' in body.properties && {
        identityProfile: { kubeletidentity: { resourceId, clientId, objectId } },
      }),
    }
    const own = { id: cluster.id, name: cluster.name, properties }
    const ofTenant = identity ? { identity: { ...identity, tenantId } } : {}
    serve(scenario, cluster.id, { ...body, ...own, ...ofTenant })
    const end = await attach({ cluster: cluster.id, registry: registry.id, timeout: '2s' })
    const { [name]: code } = clusterEnds
    if (code) expectFailure(end, code)
    else expectAttached(end, { changed: true })
    const { provisioningState } = body.properties as { provisioningState: string }
    if (provisioningState !== 'Succeeded' && !code) expect(end.log).toContain(` · ${provisioningState} · `)
  })
})

describe('a recorded registry', () => {
  it.for(registries)('$name', async ({ body }, { begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry } = scenario
    const { loginServer } = registry
    const properties = { ...body.properties, loginServer }
    serve(scenario, registry.id, { ...body, id: registry.id, name: registry.name, properties })
    const end = await attach({ cluster: cluster.id, registry: registry.id })
    expectAttached(end, { changed: true })
    const { provisioningState, roleAssignmentMode } = body.properties as Record<string, string>
    if (provisioningState !== 'Succeeded') expect(end.log).toContain(` · ${String(provisioningState)} · `)
    const isAbac = roleAssignmentMode === 'AbacRepositoryPermissions'
    expect(end.report.pairs[0]?.role).toBe(isAbac ? 'Container Registry Repository Reader' : 'AcrPull')
  })
})

describe('a recorded identity', () => {
  it.for(identities)('$name', async ({ body }, { begin }) => {
    const scenario = await begin()
    const { attach, group, registry, world } = scenario
    const { resourceId: id, clientId, objectId: principalId } = group.addUserAssignedIdentity('id-future')
    const { tenantId } = world
    const properties = { ...body.properties, tenantId, clientId, principalId }
    serve(scenario, id, { ...body, id, name: 'id-future', properties })
    const end = await attach({ cluster: '', 'kubelet-identity': id, registry: registry.id })
    expectAttached(end, { changed: true })
    expect(held(scenario, principalId)).toEqual([[roleIds.acrPull, registry.id]])
  })
})

describe('a recorded role assignment', () => {
  it.for(['attach', 'check', 'detach'])('of others changes nothing: %s', async (mode, { begin }) => {
    const scenario = await begin()
    const { attach, registry, cluster, simulator } = scenario
    expect(assignments.length).toBeGreaterThan(5)
    const path = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
    // At the registry itself, where they would count if they were the cluster's.
    const scoped = assignments.map(({ body: { properties, ...rest } }, index) => {
      const name = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
      return { ...rest, id: `${path}/${name}`, name, properties: { ...properties, scope: registry.id } }
    })
    simulator.faults.add({
      method: 'GET',
      path: new RegExp(`^${path}$`, 'i'),
      status: 200,
      body: { value: scoped },
      times: mode === 'attach' ? 1 : Infinity,
    })
    const end = await attach({ mode, cluster: cluster.id, registry: registry.id })
    if (mode === 'attach') return expectAttached(end, { changed: true })
    if (mode === 'check') return expectFailure(end, 'DRIFT')
    expect(end).toMatchObject({ exitCode: 0, outputs: { changed: 'false' } })
  })
})

describe('a recorded refusal', () => {
  it.for(
    refusals.flatMap(recording =>
      ['cluster', 'registry', 'list'].map(what => ({ ...recording, what, title: `${recording.name} of a ${what}` })),
    ),
  )('$title is told in its own words, or ends by another try', async ({ response, what }, { begin }) => {
    const { attach, cluster, registry, simulator } = await begin()
    const paths = {
      cluster: cluster.id,
      registry: registry.id,
      list: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
    }
    const { status, headers, body } = response
    const path = new RegExp(`^${paths[what as keyof typeof paths]}$`, 'i')
    // Nothing is assigned: what can be read in full is drift.
    const isRepeated = status === 429
    simulator.faults.add({ method: 'GET', path, status, headers, body, times: isRepeated ? 1 : Infinity })
    const end = await attach({ mode: 'check', cluster: cluster.id, registry: registry.id })
    const { code } = ((body as { error?: object }).error ?? body) as { code: string }
    if (isRepeated) return expectFailure(end, 'DRIFT')
    const [error, ...others] = errorsOf(end)
    expect(others).toEqual([])
    expect(error?.code).not.toBe('UNEXPECTED')
    expect(error?.azure?.code).toBe(code)
    expect(error?.fix.text).not.toBe('')
  })
})
