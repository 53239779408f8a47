import { expect } from 'vitest'
import { pullMessages, type RegistryOptions } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { letDeploy } from '../estate.js'
import { connectionOf, makePrivate } from '../network.js'
import { importer } from '../image-world.js'
import { letProbe } from '../pull-scenario.js'
import { keepDeleted, letLook, runImage } from '../running.js'
import { letImport } from './images.js'
import { done, type Case, type Stage } from './case.js'

const check = { mode: 'check', 'fail-on-drift': 'false' }

/** A separate registry with these settings, where the deployer can assign roles. */
function setUp(stage: Stage, options: RegistryOptions): Record<string, string> {
  const { id } = stage.group.addRegistry('settingsacr', options)
  letDeploy(stage, id)
  return { registry: 'settingsacr' }
}

const pullOf = (stage: Stage): string => stage.cluster.kubeletIdentity.objectId

/** Findings, each in a step that can still succeed. */
export const findingCases = {
  GROUP_LATENCY: {
    arrange: ({ world, cluster, registry }) => {
      const { objectId } = world.addGroup('acr-pullers', { members: [cluster.kubeletIdentity.objectId] })
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return {}
    },
    commands: 'nothing',
  },
  EXCESS_ROLE: {
    arrange: stage => {
      stage.world.assignRole({ principalId: pullOf(stage), role: 'AcrPush', scope: stage.registry.id })
      return {}
    },
    commands: { looks: pullOf },
  },
  ROLE_IGNORED_BY_ABAC: {
    arrange: stage => {
      const inputs = setUp(stage, { roleAssignmentMode: 'AbacRepositoryPermissions' })
      const scope = `${stage.group.id}/providers/Microsoft.ContainerRegistry/registries/settingsacr`
      stage.world.assignRole({ principalId: pullOf(stage), role: 'AcrPull', scope })
      return inputs
    },
    commands: { looks: pullOf },
  },
  RESIDUAL_ACCESS: {
    arrange: stage => {
      const { world, group, registry } = stage
      const { objectId: other } = group.addCluster('aks-prod-2').kubeletIdentity
      const { objectId } = world.addGroup('acr-pullers', { members: [pullOf(stage), other] })
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return { mode: 'detach' }
    },
    commands: { looks: ({ world }) => world.directory.groups()[0]?.objectId ?? '' },
  },
  PUBLIC_ACCESS_DISABLED: {
    arrange: stage => {
      const registry = stage.group.addRegistry('settingsacr', { sku: 'Premium' })
      makePrivate(stage, registry)
      letDeploy(stage, registry.id)
      return { registry: 'settingsacr' }
    },
    commands: { looks: () => 'Approved' },
  },
  NO_PRIVATE_ENDPOINT: {
    arrange: stage => setUp(stage, { sku: 'Premium', publicNetworkAccess: 'Disabled' }),
    commands: { repairs: done },
  },
  FIREWALL: {
    arrange: stage =>
      setUp(stage, { sku: 'Premium', networkDefaultAction: 'Deny', allowedAddresses: ['198.51.100.0/24'] }),
    commands: { looks: () => '198.51.100.0/24' },
  },
  ARM_AUDIENCE_DISABLED: {
    arrange: stage => setUp(stage, { armAudienceEnabled: false }),
    commands: { looks: () => 'disabled' },
  },
  ADMIN_USER_ENABLED: { arrange: stage => setUp(stage, { adminUserEnabled: true }), commands: { repairs: done } },
  CLUSTER_STOPPED: {
    arrange: ({ cluster }) => {
      Object.assign(cluster.body.properties.powerState as object, { code: 'Stopped' })
      return {}
    },
    commands: { repairs: done },
  },
  NO_KUBELET_IDENTITY: {
    arrange: ({ group, world, deployer, whenAnswered }) => {
      world.grantGraphPermission(deployer, 'Application.Read.All')
      const { clientId: servicePrincipalClientId } = world.addApplication('old-sp')
      const options = { withoutIdentityProfile: true, provisioningState: 'Updating', servicePrincipalClientId }
      const cluster = group.addCluster('aks-moving', options)
      // The move ends after the service principal has got the role.
      whenAnswered(
        ({ method }) => method === 'PUT',
        () => {
          cluster.receiveKubeletIdentity()
          cluster.body.properties.provisioningState = 'Succeeded'
        },
      )
      return { cluster: 'aks-moving' }
    },
    commands: { repairs: done },
  },
  AZURE_REFUSED: {
    arrange: ({ group }) => {
      group.addRegistry('leavingacr', { provisioningState: 'Deleting' })
      return { registry: '*' }
    },
    commands: { looks: () => 'Deleting' },
  },
  AUTHORIZATION_FAILED: {
    arrange: ({ group }) => {
      group.addCluster('aks-aad', { aad: true, azureRbac: true })
      return { cluster: 'aks-aad', workloads: '*' }
    },
    commands: { repairs: done },
  },
  WRONG_IDENTITY_GRANTED: {
    arrange: ({ group, registry, world }) => {
      const { controlPlanePrincipalId = '' } = group.addCluster('aks-wrong')
      world.assignRole({ principalId: controlPlanePrincipalId, role: 'AcrPull', scope: registry.id })
      return { ...check, cluster: 'aks-wrong' }
    },
    commands: { looks: ({ world }) => world.roleAssignments.at(-1)?.principalId ?? '' },
  },
  POOL_SKIPPED: {
    arrange: stage => {
      letProbe(stage, { agentPools: [{ name: 'system' }, { name: 'win', count: 1, osType: 'Windows' }] })
      return { cluster: 'aks-pull', verify: 'pull', 'probe-image': 'team/app:v1' }
    },
    commands: { looks: () => 'win' },
  },
  NODE_SKIPPED: {
    arrange: stage => {
      const { cluster } = letProbe(stage, { agentPools: [{ name: 'spot', count: 2 }] })
      const { kubernetes } = cluster
      kubernetes.setReady('aks-spot-12345678-vmss000001', false)
      return { cluster: 'aks-pull', verify: 'pull', 'probe-image': 'team/app:v1', 'probe-nodes': 'all' }
    },
    cluster: 'aks-pull',
    commands: { looks: () => 'aks-spot-12345678-vmss000001' },
  },
  IMAGE_NOT_PROBED: {
    arrange: stage => {
      letProbe(stage)
      stage.world.assignRole({ principalId: pullOf(stage), role: 'AcrPull', scope: stage.registry.id })
      const source = stage.world.addSourceRegistry('mcr.microsoft.com')
      source.push('oss/v2/kubernetes/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
      return { mode: 'check', verify: 'pull' }
    },
    commands: { looks: () => 'team/app' },
  },
  IMAGE_OUT_OF_REACH: {
    arrange: stage => {
      letImport(stage)
      const inputs = setUp(stage, { roleAssignmentMode: 'AbacRepositoryPermissions' })
      const scope = `${stage.group.id}/providers/Microsoft.ContainerRegistry/registries/settingsacr`
      stage.world.assignRole({ principalId: stage.deployer.objectId, role: importer, scope })
      return { ...inputs, images: 'nginx:1.27', repositories: 'team/*' }
    },
    commands: { looks: () => 'team/' },
  },
  ANONYMOUS_PULL: {
    arrange: stage => {
      letProbe(stage)
      Object.assign(stage.registry.body.properties, { anonymousPullEnabled: true })
      return { verify: 'pull', 'probe-image': 'team/app:v1' }
    },
    commands: { repairs: done },
  },
  PEER_MIRROR: {
    arrange: stage => {
      letProbe(stage)
      stage.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', 'ghcr.io/spegel-org/spegel:v0.6.0')
      return { verify: 'pull', 'probe-image': 'team/app:v1' }
    },
    cluster: 'aks-prod-1',
    commands: { looks: () => 'spegel' },
  },
  IMAGE_NOT_COMPARED: {
    arrange: stage => {
      letImport(stage)
      stage.registry.images.push('library/nginx', '1.27', { content: 'perhaps another' })
      stage.simulator.faults.add({ host: 'registry-1.docker.io', reset: true, times: Infinity })
      return { images: 'nginx:1.27' }
    },
    commands: { looks: ({ registry }) => registry.images.find('library/nginx', '1.27')?.digest ?? 'a digest' },
  },
  SERVICE_ACCOUNT_PULL: {
    arrange: ({ group }) => {
      const defaultIdentity = group.addUserAssignedIdentity('default-puller')
      group.addCluster('aks-accounts', { serviceAccountPull: { defaultIdentity } })
      return { ...check, cluster: 'aks-accounts' }
    },
    commands: { looks: () => 'userAssignedIdentities/default-puller' },
  },
  BOOTSTRAP_REGISTRY: {
    arrange: ({ group, registry }) => {
      group.addCluster('aks-isolated', { bootstrapRegistryId: registry.id })
      return { ...check, cluster: 'aks-isolated' }
    },
    commands: 'nothing',
  },
  CONDITION_REMOVED: {
    arrange: stage => {
      const inputs = setUp(stage, { roleAssignmentMode: 'AbacRepositoryPermissions' })
      stage.world.assignRole({
        principalId: pullOf(stage),
        role: 'Container Registry Repository Reader',
        scope: `${stage.group.id}/providers/Microsoft.ContainerRegistry/registries/settingsacr`,
        condition: repositoryCondition(['team/app']),
      })
      return inputs
    },
    commands: 'nothing',
  },
  LIMIT_NOT_IN_FORCE: {
    arrange: stage => {
      const inputs = setUp(stage, { roleAssignmentMode: 'AbacRepositoryPermissions' })
      stage.world.assignRole({
        principalId: pullOf(stage),
        role: 'Container Registry Repository Reader',
        scope: `${stage.group.id}/providers/Microsoft.ContainerRegistry/registries/settingsacr`,
      })
      return { ...inputs, repositories: 'team/*' }
    },
    commands: { looks: pullOf },
  },
  RUNNING_IMAGE_GONE: {
    arrange: stage => {
      const { registry, world, deployer } = stage
      letLook(stage)
      // The user who restores it.
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: registry.id })
      const { digest } = runImage(stage, 'shop/api', '1.4', { pods: 3 })
      keepDeleted(registry)
      registry.images.delete('shop/api', digest, true)
      return { workloads: '*' }
    },
    commands: {
      repairs: ({ registry }) => {
        expect(registry.images.find('shop/api', '1.4')).toBeDefined()
      },
    },
  },
  RUNNING_IMAGE_MOVED: {
    arrange: stage => {
      letLook(stage)
      runImage(stage, 'shop/api', '1.4', { pods: 3 })
      stage.registry.images.push('shop/api', '1.4', { content: 'newer' })
      return { workloads: '*' }
    },
    commands: 'nothing',
  },
  PULL_UNSTEADY: {
    arrange: stage => {
      letProbe(stage)
      const { world, cluster, registry } = stage
      const grant = world.assignRole({ principalId: pullOf(stage), role: 'AcrPull', scope: registry.id })
      grant.updatedOn = new Date(Date.now() - 3_600_000).toISOString()
      const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
      cluster.kubernetes.pullFaults.push({ message, times: 1 })
      return { verify: 'pull', 'probe-image': 'team/app:v1', 'probe-with': 'kubectl' }
    },
    cluster: 'aks-prod-1',
    commands: { looks: ({ cluster }) => cluster.kubernetes.nodes[0]?.metadata.name ?? '' },
  },
  PRIVATE_ENDPOINTS_COLLIDE: {
    arrange: stage => {
      letProbe(stage)
      const { registry, cluster } = stage
      const connections = [connectionOf(stage, registry, 'Approved'), connectionOf(stage, registry, 'Approved')]
      Object.assign(registry.body.properties, { privateEndpointConnections: connections })
      cluster.kubernetes.pullFaults.push({ message: pullMessages.noSuchHost('contosoacr.azurecr.io/team/app:v1') })
      return { verify: 'pull', 'probe-image': 'team/app:v1', 'probe-with': 'kubectl', timeout: '2s' }
    },
    // The simulated subscription has no DNS zones: the command runs, and lists nothing.
    commands: { looks: () => '' },
  },
  SECRET_EXPIRES: {
    arrange: ({ group, world, registry, deployer }) => {
      const { clientId, objectId, secrets, secretEnds } = world.addApplication('old-sp')
      group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
      for (const secret of secrets) secretEnds.set(secret, Date.parse('2026-11-25T08:00:00Z'))
      world.grantGraphPermission(deployer, 'Application.Read.All')
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return { cluster: 'aks-old' }
    },
    commands: { looks: () => '2026-11-25' },
    // What writes restarts all nodes, and the simulated ones have no secret that could be replaced.
    except: /az aks update/,
  },
  FILTER_WITHOUT_EFFECT: {
    arrange: ({ group }) => {
      group.addCluster('aks-private')
      return { ...check, cluster: '*\n!aks-privat' }
    },
    commands: { looks: ({ cluster }) => cluster.id },
  },
} satisfies Record<string, Case>
