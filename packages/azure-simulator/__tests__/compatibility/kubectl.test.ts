import { describe, expect, vi } from 'vitest'
import { it, type Machine } from '../support/machine.js'

const clients = ['az', 'kubectl'] as const

/** A cluster that can pull `team/app:v1` from contosoacr, with kubectl configured by az. */
async function beginAttached(begin: (beginning: { clients: typeof clients }) => Promise<Machine>): Promise<Machine> {
  const machine = await begin({ clients })
  const { az, registry, cluster, world } = machine
  registry.images.push('team/app', 'v1')
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await az('aks get-credentials --resource-group rg-shop --name aks-prod-1')
  return machine
}

interface Listed {
  items: { metadata: { name: string }; status: { phase: string } }[]
}

describe('kubectl with the credentials of az aks get-credentials', () => {
  it('gets nodes by name, not by age', async ({ begin }) => {
    const { kubectl, cluster } = await beginAttached(begin)
    const old = cluster.kubernetes.nodes.map(({ metadata }) => metadata.name)
    const [added] = cluster.kubernetes.addPool({ name: 'apps' })
    const { items } = JSON.parse(await kubectl('get nodes --output json')) as Listed
    expect(items.map(({ metadata }) => metadata.name)).toEqual([added?.metadata.name, ...old])
  })

  it('gets what changes pods: webhooks and policies', async ({ begin }) => {
    const { kubectl } = await beginAttached(begin)
    for (const kinds of ['webhookconfigurations', 'admissionpolicies,mutatingadmissionpolicybindings'])
      expect(JSON.parse(await kubectl(`get mutating${kinds} --output json`))).toMatchObject({ items: [] })
  })

  it('runs a pod, waits for it, describes and deletes it', async ({ begin }) => {
    const { kubectl, cluster } = await beginAttached(begin)
    expect(await kubectl('run app --image contosoacr.azurecr.io/team/app:v1')).toBe('pod/app created\n')
    await kubectl('wait --for=condition=Ready pod/app --timeout=60s')
    const described = await kubectl('describe pod app')
    expect(described).toMatch(/Status: +Running/)
    expect(described).toContain('Successfully pulled image "contosoacr.azurecr.io/team/app:v1"')
    expect(described).toMatch(/Image ID: +contosoacr\.azurecr\.io\/team\/app@sha256:/)
    expect(await kubectl('delete pod app')).toContain('pod "app" deleted')
    expect(cluster.kubernetes.pods).toEqual([])
  })

  it('applies what was created, again without a change', async ({ begin }) => {
    const { kubectl, cluster } = await beginAttached(begin)
    const containers = [{ name: 'app', image: 'contosoacr.azurecr.io/team/app:v1' }]
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: { containers } })
    expect(await kubectl('apply --filename -', { input })).toBe('pod/app created\n')
    expect(await kubectl('apply --filename -', { input })).toBe('pod/app unchanged\n')
    expect(cluster.kubernetes.pods).toHaveLength(1)
    await kubectl('delete --filename - --ignore-not-found', { input })
    expect(cluster.kubernetes.pods).toEqual([])
  })

  it('shows why an image is not pulled', async ({ begin }) => {
    const { kubectl, world, grants, cluster } = await beginAttached(begin)
    for (const assignment of [...world.roleAssignments])
      if (assignment.principalId === cluster.kubeletIdentity.objectId) world.assignments.remove(assignment)
    expect(grants()).toEqual([])
    await kubectl('run denied --image contosoacr.azurecr.io/team/app:v1')
    await vi.waitFor(
      async () => {
        expect(await kubectl('get pod denied --output json')).toMatch(/ErrImagePull|ImagePullBackOff/)
      },
      { timeout: 60_000, interval: 250 },
    )
    const described = await kubectl('describe pod denied')
    expect(described).toContain('Failed to pull image "contosoacr.azurecr.io/team/app:v1"')
    expect(described).toContain('401 Unauthorized')
  })
})

describe('az aks command invoke', () => {
  it('runs kubectl inside, even with a private API server', async ({ begin }) => {
    const { az, group, run } = await begin({ clients })
    const hidden = group.addCluster('aks-private', { privateCluster: true })
    const invoked = await az<{ exitCode: number; logs: string }>([
      ...'aks command invoke --resource-group rg-shop --name aks-private --command'.split(' '),
      'kubectl get nodes',
    ])
    expect(invoked.exitCode).toBe(0)
    for (const { metadata } of hidden.kubernetes.nodes) expect(invoked.logs).toContain(metadata.name)

    const failed = await az<{ exitCode: number }>([
      ...'aks command invoke --resource-group rg-shop --name aks-private --command'.split(' '),
      'exit 3',
    ])
    expect(failed.exitCode).toBe(3)

    await az('aks get-credentials --resource-group rg-shop --name aks-private')
    expect((await run('kubectl', ['get', 'nodes', '--request-timeout', '5s'])).exitCode).not.toBe(0)
  })
})

describe('az aks command invoke on a cluster with Microsoft Entra', () => {
  it('sends a token of the caller, which the cluster authorizes', async ({ begin }) => {
    const { az, group, world, deployer } = await begin({ clients })
    const cluster = group.addCluster('aks-entra', { aad: true, azureRbac: true })
    const invoke = (command: string): Promise<{ exitCode: number; logs: string }> =>
      az([...'aks command invoke --resource-group rg-shop --name aks-entra --command'.split(' '), command])
    const refused = await invoke('kubectl get pods')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.logs).toContain('Error from server (Forbidden): pods is forbidden')
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Azure Kubernetes Service RBAC Cluster Admin',
      scope: cluster.id,
    })
    const allowed = await invoke('kubectl get pods')
    expect(allowed.exitCode).toBe(0)
    expect(allowed.logs).toContain('No resources found')
  })
})

describe('az aks check-acr', () => {
  const check = 'aks check-acr --resource-group rg-shop --name aks-prod-1 --acr contosoacr.azurecr.io'

  it('runs canipull, which tests the token exchange', async ({ begin }) => {
    const machine = await beginAttached(begin)
    const { run, world, cluster, registry } = machine
    world.addSourceRegistry('mcr.microsoft.com').push('aks/canipull', 'v0.1.0')
    const attached = await run('az', check.split(' '))
    expect(attached.stdout, attached.stderr).toContain('Your cluster can pull images from contosoacr.azurecr.io!')
    expect(cluster.kubernetes.podsCreated[0]?.metadata.name).toMatch(/^canipull-/)
    expect(cluster.kubernetes.pods).toEqual([])

    // The exchange uses a token for Azure Resource Manager, unlike the nodes' pulls.
    registry.body.properties.policies = { azureADAuthenticationAsArmPolicy: { status: 'disabled' } }
    const mistaken = await run('az', check.split(' '))
    expect(mistaken.stdout).toContain('Validating image pull permission: FAILED')
    // Its exit code is meaningless: az sets the restart policy where kubectl does not look for it.
    expect(mistaken.exitCode).toBe(0)
  })
})
