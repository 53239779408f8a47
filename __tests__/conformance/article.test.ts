import { describe, expect, vi } from 'vitest'
import { expectDetached } from '../support/estate.js'
import { expectAttached } from '../support/scenario.js'
import type { Resource, UserAssignedIdentity } from 'azure-simulator'
import { it, type Machine } from '../support/conformance.js'

/** The deployment of learn.microsoft.com "Authenticate with Azure Container Registry from Azure Kubernetes Service", in its shape. */
const deployment = (name: string, image: string, imagePullPolicy?: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${name}-deployment`, labels: { app: `${name}-deployment` } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            { name: 'nginx', image, ports: [{ containerPort: 80 }], ...(imagePullPolicy && { imagePullPolicy }) },
          ],
        },
      },
    },
  })

/** As kubectl's table shows them: why a container waits, or else the phase. */
async function statuses({ kubectl }: Machine, name: string): Promise<string[]> {
  const printed = await kubectl(`get pods --selector app=${name} --output json`)
  const { items } = JSON.parse(printed) as { items: Pod[] }
  return items.map(({ status: { phase, containerStatuses = [] } }) => {
    const [reason = phase] = containerStatuses.flatMap(({ state }) => state?.waiting?.reason ?? [])
    return reason
  })
}

interface Pod {
  status: { phase: string; containerStatuses?: { state?: { waiting?: { reason?: string } } }[] }
}

const isIdentity = (resource: Resource | undefined): resource is UserAssignedIdentity =>
  resource?.type === 'Microsoft.ManagedIdentity/userAssignedIdentities'

const clients = ['az', 'kubectl'] as const
/** Nodes request a new token for every pull, instead of keeping one for five minutes. */
const timing = { credentialCacheMs: 0, kubeletBackoffMs: 200 }

describe('the article “Authenticate with Azure Container Registry from Azure Kubernetes Service”', () => {
  it('works with the action instead of its steps', async ({ begin }) => {
    const machine = await begin({ clients, timing })
    const { attach, az, kubectl, group, world, cluster } = machine
    world.addSourceRegistry('docker.io').push('library/nginx', 'latest')
    const registry = `${group.id}/providers/Microsoft.ContainerRegistry/registries/mycontainerregistry`

    // az acr create, az aks update --attach-acr, az acr import
    const attached = await attach({
      registry,
      'create-registry': 'Basic',
      images: 'docker.io/library/nginx:latest => nginx:v1',
      verify: 'pull',
    })
    expectAttached(attached, { changed: true })
    expect(attached.outputs.verified).toBe('pull')
    expect(await az('acr repository show-tags --name mycontainerregistry --repository nginx')).toEqual(['v1'])

    await az('aks get-credentials --resource-group rg-shop --name aks-prod-1')
    const image = attached.outputs.image ?? ''
    expect(image).toMatch(/^mycontainerregistry\.azurecr\.io\/nginx@sha256:/)
    await kubectl('apply --filename -', { input: deployment('nginx0', 'mycontainerregistry.azurecr.io/nginx:v1') })
    await kubectl('rollout status deployment/nginx0-deployment --timeout=60s')
    expect(await statuses(machine, 'nginx0')).toEqual(['Running', 'Running'])

    // az aks update --detach-acr
    expectDetached(await attach({ registry, mode: 'detach' }), { changed: true })
    await kubectl('apply --filename -', { input: deployment('nginx1', image, 'Always') })
    await vi.waitFor(
      async () => {
        expect(await statuses(machine, 'nginx1')).toEqual(['ImagePullBackOff', 'ImagePullBackOff'])
      },
      { timeout: 60_000, interval: 200 },
    )
    expect(await statuses(machine, 'nginx0')).toEqual(['Running', 'Running'])

    // Once attached again, the pods recover by themselves.
    expectAttached(await attach({ registry }), { changed: true })
    await kubectl('rollout status deployment/nginx1-deployment --timeout=120s')
    expect(cluster.kubernetes.pods).toHaveLength(4)
  })

  it('works with a kubelet identity that exists before its cluster', async ({ begin }) => {
    const machine = await begin({ clients, timing })
    const { attach, az, kubectl, world, registry } = machine
    registry.images.push('nginx', 'v1')
    const created = await az<{ id: string }>('identity create --resource-group rg-shop --name kubelet')
    const end = await attach({ cluster: '', 'resource-group': '', 'kubelet-identity': created.id })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ targetKind: 'kubelet-identity', grantedBy: 'direct' }])

    const identity = world.findResource(created.id)
    if (!isIdentity(identity)) throw new Error('az has created no identity')
    const cluster = machine.group.addCluster('aks-new', { identity: 'UserAssigned', kubeletIdentity: identity })
    await az('aks get-credentials --resource-group rg-shop --name aks-new')
    await kubectl('apply --filename -', { input: deployment('nginx0', 'contosoacr.azurecr.io/nginx:v1') })
    await kubectl('rollout status deployment/nginx0-deployment --timeout=60s')
    expect(await statuses(machine, 'nginx0')).toEqual(['Running', 'Running'])
    expect(cluster.kubernetes.pods).toHaveLength(2)
  })
})
