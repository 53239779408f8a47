import { describe, expect, it } from 'vitest'
import { arm, textOf, type Answer } from '../src/client.js'
import { takeProblems } from './support/fixture.js'
import { guid, setStage, type Stage } from './support/recorded-steps.js'

/** A request that Azure would serve except for the part under test. */
interface Request {
  readonly method: string
  /** A path of Azure Resource Manager, and a version that it has. */
  readonly at: (stage: Stage) => readonly [path: string, version: string]
  readonly body?: (stage: Stage) => Record<string, unknown>
  /** Where in the body to add the unknown property; at its root by default. */
  readonly within?: readonly string[]
}

const authorization = (kind: string) => (stage: Stage) =>
  [`${stage.registry.id}/providers/Microsoft.Authorization/${kind}`, '2022-04-01'] as const
const provider = ({ subscription }: Stage): string => `${subscription.id}/providers`
const identity = ({ group }: Stage): string =>
  `${group.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cicd`

/** Reads, for each resource provider. */
const reads: Readonly<Record<string, Request>> = {
  'the endpoints of the cloud': { method: 'GET', at: () => ['/metadata/endpoints', '2022-09-01'] },
  tenants: { method: 'GET', at: () => ['/tenants', '2022-12-01'] },
  subscriptions: { method: 'GET', at: () => ['/subscriptions', '2022-12-01'] },
  'a subscription': { method: 'GET', at: ({ subscription }) => [subscription.id, '2022-12-01'] },
  'resource groups': { method: 'GET', at: ({ subscription }) => [`${subscription.id}/resourceGroups`, '2024-11-01'] },
  'a resource group': { method: 'GET', at: ({ group }) => [group.id, '2024-11-01'] },
  resources: { method: 'GET', at: ({ subscription }) => [`${subscription.id}/resources`, '2024-11-01'] },
  'a provider': { method: 'GET', at: stage => [`${provider(stage)}/Microsoft.ContainerRegistry`, '2024-11-01'] },
  registries: {
    method: 'GET',
    at: stage => [`${provider(stage)}/Microsoft.ContainerRegistry/registries`, '2025-11-01'],
  },
  'a registry': { method: 'GET', at: ({ registry }) => [registry.id, '2025-11-01'] },
  'private endpoint connections': {
    method: 'GET',
    at: ({ registry }) => [`${registry.id}/privateEndpointConnections`, '2025-11-01'],
  },
  clusters: {
    method: 'GET',
    at: stage => [`${provider(stage)}/Microsoft.ContainerService/managedClusters`, '2026-04-01'],
  },
  'a cluster': { method: 'GET', at: ({ cluster }) => [cluster.id, '2026-04-01'] },
  'agent pools': { method: 'GET', at: ({ cluster }) => [`${cluster.id}/agentPools`, '2026-04-01'] },
  identities: {
    method: 'GET',
    at: stage => [`${provider(stage)}/Microsoft.ManagedIdentity/userAssignedIdentities`, '2023-01-31'],
  },
  'role assignments': { method: 'GET', at: authorization('roleAssignments') },
  'role definitions': { method: 'GET', at: authorization('roleDefinitions') },
  'deny assignments': { method: 'GET', at: authorization('denyAssignments') },
  locks: { method: 'GET', at: stage => [authorization('locks')(stage)[0], '2016-09-01'] },
  'a user kubeconfig': {
    method: 'POST',
    at: ({ cluster }) => [`${cluster.id}/listClusterUserCredential`, '2026-04-01'],
  },
}

const importBody = {
  source: { registryUri: 'docker.io', sourceImage: 'library/nginx:1.27' },
  targetTags: ['nginx:1.27'],
}
/** Writes, and other requests with a body. */
const writes: Readonly<Record<string, Request>> = {
  'a resource group': {
    method: 'PUT',
    at: ({ subscription }) => [`${subscription.id}/resourceGroups/rg-new`, '2024-11-01'],
    body: () => ({ location: 'westeurope' }),
  },
  'a new registry': {
    method: 'PUT',
    at: ({ group }) => [`${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`, '2025-11-01'],
    body: () => ({ location: 'westeurope', sku: { name: 'Basic' }, properties: {} }),
  },
  'a setting of a new registry': {
    method: 'PUT',
    at: ({ group }) => [`${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`, '2025-11-01'],
    body: () => ({ location: 'westeurope', sku: { name: 'Basic' }, properties: {} }),
    within: ['properties'],
  },
  'the SKU of a new registry': {
    method: 'PUT',
    at: ({ group }) => [`${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`, '2025-11-01'],
    body: () => ({ location: 'westeurope', sku: { name: 'Basic' }, properties: {} }),
    within: ['sku'],
  },
  'a change of a registry': {
    method: 'PATCH',
    at: ({ registry }) => [registry.id, '2025-11-01'],
    body: () => ({ properties: { adminUserEnabled: false } }),
  },
  'a setting of a registry': {
    method: 'PATCH',
    at: ({ registry }) => [registry.id, '2025-11-01'],
    body: () => ({ properties: { adminUserEnabled: false } }),
    within: ['properties'],
  },
  'a policy of a registry': {
    method: 'PATCH',
    at: ({ registry }) => [registry.id, '2025-11-01'],
    body: () => ({ properties: { policies: { trustPolicy: { status: 'disabled' } } } }),
    within: ['properties', 'policies', 'trustPolicy'],
  },
  'an import': {
    method: 'POST',
    at: ({ registry }) => [`${registry.id}/importImage`, '2025-11-01'],
    body: () => importBody,
  },
  'the source of an import': {
    method: 'POST',
    at: ({ registry }) => [`${registry.id}/importImage`, '2025-11-01'],
    body: () => importBody,
    within: ['source'],
  },
  'a name of a registry': {
    method: 'POST',
    at: stage => [`${provider(stage)}/Microsoft.ContainerRegistry/checkNameAvailability`, '2025-11-01'],
    body: () => ({ name: 'newacr', type: 'Microsoft.ContainerRegistry/registries' }),
  },
  'a role assignment': {
    method: 'PUT',
    at: stage => [`${authorization('roleAssignments')(stage)[0]}/${guid(1)}`, '2022-04-01'],
    body: stage => ({ properties: assignment(stage) }),
  },
  'a property of a role assignment': {
    method: 'PUT',
    at: stage => [`${authorization('roleAssignments')(stage)[0]}/${guid(1)}`, '2022-04-01'],
    body: stage => ({ properties: assignment(stage) }),
    within: ['properties'],
  },
  'an identity': {
    method: 'PUT',
    at: stage => [identity(stage), '2023-01-31'],
    body: () => ({ location: 'westeurope' }),
  },
  'a command': {
    method: 'POST',
    at: ({ cluster }) => [`${cluster.id}/runCommand`, '2026-04-01'],
    body: () => ({ command: 'kubectl version' }),
  },
  'the start of a cluster': {
    method: 'POST',
    at: ({ cluster }) => [`${cluster.id}/start`, '2026-04-01'],
    body: () => ({}),
  },
  'a user kubeconfig': {
    method: 'POST',
    at: ({ cluster }) => [`${cluster.id}/listClusterUserCredential`, '2026-04-01'],
    body: () => ({}),
  },
  'the registration of a provider': {
    method: 'POST',
    at: stage => [`${provider(stage)}/Microsoft.ContainerRegistry/register`, '2024-11-01'],
    body: () => ({}),
  },
  'a query of Resource Graph': {
    method: 'POST',
    at: () => ['/providers/Microsoft.ResourceGraph/resources', '2022-10-01'],
    body: () => ({ query: 'resources' }),
  },
  'the options of a query of Resource Graph': {
    method: 'POST',
    at: () => ['/providers/Microsoft.ResourceGraph/resources', '2022-10-01'],
    body: () => ({ query: 'resources', options: { $top: 5 } }),
    within: ['options'],
  },
}

const assignment = ({ subscription, cluster }: Stage): Record<string, unknown> => ({
  roleDefinitionId: `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
  principalId: cluster.kubeletIdentity.objectId,
  principalType: 'ServicePrincipal',
})

/** The simulator's objections to a request: that it can't be served, or the parts of it without effect. */
const objections = ({ status, text }: Answer, problems: readonly string[]): readonly string[] =>
  status >= 400 ? [text, ...problems] : problems

async function ask(
  { method, at, body }: Request,
  { version, query = {}, more }: { version?: string; query?: Record<string, string>; more?: readonly string[] } = {},
): Promise<readonly string[]> {
  const stage = await setStage()
  const [path, known] = at(stage)
  const content = body?.(stage)
  let place = content
  for (const name of more ?? []) place = place?.[name] as Record<string, unknown> | undefined
  if (more !== undefined && place !== undefined) place.colour = 'blue'
  const sent = content === undefined ? {} : { body: content }
  const answer = await stage.send(method, arm(path, version ?? known, query), sent)
  return objections(answer, takeProblems(stage.simulator))
}

describe('Azure Resource Manager', () => {
  const all = Object.entries({ ...reads, ...writes })

  it.each(all)('%s: is served unchanged', async (_, request) => {
    expect(await ask(request)).toEqual([])
  })

  it.each(all)('%s: rejects an unknown version', async (_, request) => {
    expect((await ask(request, { version: '1999-01-01' })).join('\n')).toContain('1999-01-01')
  })

  it.each(all)('%s: reports an unknown query parameter', async (_, request) => {
    expect((await ask(request, { query: { colour: 'blue' } })).join('\n')).toContain('the query parameter colour')
  })

  it.each(Object.entries(reads))('%s: reports $orderby', async (_, request) => {
    expect((await ask(request, { query: { $orderby: 'name' } })).join('\n')).toContain('the query parameter $orderby')
  })

  it.each(Object.entries(writes))('%s: reports an unknown property', async (_, request) => {
    expect((await ask(request, { more: request.within ?? [] })).join('\n')).toContain('colour')
  })
})

describe('a registry', () => {
  const paths = {
    base: '/v2/',
    catalog: '/v2/_catalog',
    tags: '/v2/team/app/tags/list',
    manifest: '/v2/team/app/manifests/v1',
    referrers: '/v2/team/app/referrers/DIGEST',
    'own catalog': '/acr/v1/_catalog',
    'own repository': '/acr/v1/team/app',
    'own tags': '/acr/v1/team/app/_tags',
    'own tag': '/acr/v1/team/app/_tags/v1',
    'own manifests': '/acr/v1/team/app/_manifests',
  }
  const lists = ['catalog', 'tags', 'own catalog', 'own tags', 'own manifests'] as const

  async function askRegistry(path: string, query: string): Promise<readonly string[]> {
    const { registry, world, deployer, client, simulator } = await setStage()
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: registry.id })
    const digest = registry.images.push('team/app', 'v1')
    const host = `https://${registry.loginServer}`
    const exchange = new URLSearchParams({
      grant_type: 'access_token',
      service: registry.loginServer,
      access_token: await client.signIn(deployer, 'https://containerregistry.azure.net'),
    })
    const { json } = await client.send('POST', `${host}/oauth2/exchange`, { body: exchange })
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: registry.loginServer,
      scope: 'registry:catalog:* repository:team/app:pull,metadata_read',
      refresh_token: textOf(json.refresh_token),
    })
    const access = await client.send('POST', `${host}/oauth2/token`, { body: form })
    const url = `${host}${path.replace('DIGEST', digest)}?${query}`
    return objections(await client.get(url, textOf(access.json.access_token)), takeProblems(simulator))
  }

  it.each(Object.entries(paths))('%s: is served unchanged', async (_, path) => {
    expect(await askRegistry(path, '')).toEqual([])
  })

  it.each(Object.entries(paths))('%s: reports an unknown query parameter', async (_, path) => {
    expect((await askRegistry(path, 'colour=blue')).join('\n')).toContain('the query parameter colour')
  })

  it.each(lists)('%s: pages by n and last, and checks their values', async name => {
    expect(await askRegistry(paths[name], 'n=1&last=a')).toEqual([])
    for (const n of ['-1', 'many', '1.5', '']) expect(await askRegistry(paths[name], `n=${n}`), n).not.toEqual([])
  })

  it.each(['base', 'manifest', 'referrers', 'own repository', 'own tag'] as const)('%s: is not paged', async name => {
    expect((await askRegistry(paths[name], 'n=1')).join('\n')).toContain('the query parameter n ')
    expect((await askRegistry(paths[name], 'last=a')).join('\n')).toContain('the query parameter last ')
  })

  it.each(Object.entries(paths))('%s: sorts as requested, or reports the parameter', async (name, path) => {
    const sorts = name === 'own tags' || name === 'own manifests'
    const found = await askRegistry(path, 'orderby=timedesc')
    expect(found.join('\n')).toEqual(sorts ? '' : expect.stringContaining('the query parameter orderby'))
    expect(await askRegistry(path, 'orderby=size')).not.toEqual([])
  })
})
