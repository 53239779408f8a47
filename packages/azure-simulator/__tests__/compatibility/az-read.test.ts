import { describe, expect } from 'vitest'
import { it } from '../support/machine.js'

describe('az reads', () => {
  it('signs in with the federated token, and shows the account', async ({ begin }) => {
    const { az, variables, subscription, simulator } = await begin({ clients: ['az'], signsIn: true })
    expect(await az('account show')).toMatchObject({
      id: subscription.subscriptionId,
      name: subscription.displayName,
      tenantId: variables.AZURE_TENANT_ID,
      environmentName: 'AzureCloud',
      user: { name: variables.AZURE_CLIENT_ID, type: 'servicePrincipal' },
    })
    expect(simulator.requests.map(({ host, path }) => host + path)).toContain(
      `login.microsoftonline.com/${variables.AZURE_TENANT_ID}/oauth2/v2.0/token`,
    )
  })

  it('shows and lists clusters', async ({ begin }) => {
    const { az, azFails, cluster, group } = await begin({ clients: ['az'] })
    group.addCluster('aks-second', { privateCluster: true, aad: true, azureRbac: true })
    const shown = await az('aks show --resource-group rg-shop --name aks-prod-1')
    expect(shown).toMatchObject({
      id: cluster.id,
      identityProfile: { kubeletidentity: { objectId: cluster.kubeletIdentity.objectId } },
      servicePrincipalProfile: { clientId: 'msi' },
      provisioningState: 'Succeeded',
      powerState: { code: 'Running' },
    })
    const listed = await az<{ name: string }[]>('aks list')
    expect(listed.map(({ name }) => name)).toEqual(['aks-prod-1', 'aks-second'])
    const inGroup = await az<unknown[]>('aks list --resource-group rg-shop')
    expect(inGroup).toHaveLength(2)
    const { exitCode, stderr } = await azFails('aks show --resource-group rg-shop --name aks-none')
    expect(exitCode).toBe(3)
    expect(stderr).toContain('(ResourceNotFound) The Resource')
    expect((await azFails('aks list --resource-group rg-none')).stderr).toContain('(ResourceGroupNotFound)')
  })

  it('shows and lists registries, and shows whether a name is free', async ({ begin }) => {
    const { az, azFails, registry } = await begin({ clients: ['az'] })
    expect(await az('acr show --name contosoacr')).toMatchObject({
      id: registry.id,
      loginServer: 'contosoacr.azurecr.io',
      roleAssignmentMode: 'LegacyRegistryPermissions',
    })
    expect(await az('acr list')).toMatchObject([{ name: 'contosoacr' }])
    expect(await az('acr check-name --name contosoacr')).toMatchObject({
      nameAvailable: false,
      reason: 'AlreadyExists',
      message: 'The registry contosoacr is already in use.',
    })
    expect(await az('acr check-name --name fabrikamacr')).toMatchObject({ nameAvailable: true, reason: null })
    expect((await azFails('acr show --name fabrikamacr')).stderr).toContain(
      "The resource with name 'fabrikamacr' and type 'Microsoft.ContainerRegistry/registries' could not be found",
    )
  })

  it('creates a registry, which exists afterwards', async ({ begin }) => {
    const { az, world, group } = await begin({ clients: ['az'] })
    const created = await az('acr create --resource-group rg-shop --name fabrikamacr --sku Premium')
    expect(created).toMatchObject({ loginServer: 'fabrikamacr.azurecr.io', provisioningState: 'Succeeded' })
    const id = `${group.id}/providers/Microsoft.ContainerRegistry/registries/fabrikamacr`
    expect(world.findResource(id)?.body.sku).toEqual({ name: 'Premium', tier: 'Premium' })
  })

  it('creates and shows identities', async ({ begin }) => {
    const { az, group, world } = await begin({ clients: ['az'] })
    const created = await az('identity create --resource-group rg-shop --name kubelet')
    const id = `${group.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet`.toLowerCase()
    const identity = world.resources.find(resource => resource.id.toLowerCase() === id)
    expect(created).toMatchObject({ id: identity?.id, location: 'westeurope' })
    expect(await az('identity show --resource-group rg-shop --name kubelet')).toMatchObject({
      id: identity?.id,
      principalId: identity?.body.properties.principalId,
    })
  })

  it('knows which resource groups exist', async ({ begin }) => {
    const { az } = await begin({ clients: ['az'] })
    expect(await az('group exists --name rg-shop')).toBe(true)
    expect(await az('group exists --name rg-none')).toBe(false)
  })

  it('lists role definitions', async ({ begin }) => {
    const { az } = await begin({ clients: ['az'] })
    expect(await az('role definition list --name AcrPull')).toMatchObject([
      {
        name: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
        roleName: 'AcrPull',
        roleType: 'BuiltInRole',
        permissions: [{ actions: ['Microsoft.ContainerRegistry/registries/pull/read'] }],
      },
    ])
    const all = await az<{ roleName: string }[]>('role definition list')
    expect(all.map(({ roleName }) => roleName)).toContain('Container Registry Repository Reader')
  })

  it('finds resources in Azure Resource Graph', async ({ begin }) => {
    const { az, azFails, registry, simulator } = await begin({ clients: ['az'] })
    const query =
      "resources | where type =~ 'microsoft.containerregistry/registries' | where name =~ 'contosoacr' | project id, name"
    const extensions = await az<{ name: string }[]>('extension list')
    if (extensions.some(({ name }) => name === 'resource-graph')) {
      expect(await az(['graph', 'query', '-q', query])).toMatchObject({ data: [{ id: registry.id }] })
    } else {
      // Debian has no such extension, and the index of extensions is unreachable: az reports that, and continues.
      expect((await azFails('graph query -q resources')).stderr).toContain("'graph' is misspelled or not recognized")
      expect(simulator.refusals).toContainEqual(expect.stringContaining('aka.ms:443'))
    }
    const url = 'https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'
    const found = await az(['rest', '--method', 'post', '--url', url, '--body', JSON.stringify({ query })])
    expect(found).toMatchObject({ totalRecords: 1, count: 1, data: [{ id: registry.id, name: 'contosoacr' }] })
  })

  it('works without the additional hosts that it contacts', async ({ begin }) => {
    const { azFails, simulator } = await begin({ clients: ['az'], signsIn: true })
    expect((await azFails('aks show --no-such-option')).stderr).toContain('--name')
    const hosts = new Set(simulator.refusals.map(refusal => refusal.split(':')[0]))
    expect(hosts).toEqual(new Set(['raw.githubusercontent.com', 'app.aladdin.microsoft.com']))
  })
})
