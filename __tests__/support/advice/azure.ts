import { expect } from 'vitest'
import { disarm, letDeploy } from '../estate.js'
import { hour } from '../hour.js'
import { wall } from '../image-world.js'
import { letProbe } from '../pull-scenario.js'
import { done, type Case, type Stage } from './case.js'

const nobody = '11111111-1111-4111-8111-111111111111'

const creator = 'Container Registry Contributor and Data Access Configuration Administrator'

/** A registry that does not exist yet, in a resource group where the deployer can create it. */
function createNew(stage: Stage): Record<string, string> {
  const { group, world, deployer } = stage
  letDeploy(stage, group.id)
  world.assignRole({ principalId: deployer.objectId, role: creator, scope: group.id })
  return {
    registry: `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`,
    'create-registry': 'Standard',
  }
}

/** Lets the deployer read everywhere, so that a missing resource is not found instead of forbidden. */
function readEverywhere({ world, deployer, subscription }: Stage): void {
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
}

const idOfCluster = ({ cluster }: Stage): string => cluster.id
const idOfRegistry = ({ registry }: Stage): string => registry.id

/** Errors of inputs, sign-in, look-ups and writes. */
export const azureCases = {
  INVALID_INPUT: { arrange: () => ({ mode: 'atach', registry: '' }), commands: 'nothing' },
  OIDC_UNAVAILABLE: {
    arrange: () => ({}),
    start: () => ({ environment: { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' } }),
    commands: 'nothing',
  },
  FEDERATED_CREDENTIAL_MISMATCH: {
    arrange: ({ deployer }) => {
      deployer.federatedCredentials.length = 0
      return {}
    },
    // Alternatives: one for a managed identity, one for all branches.
    except: /^az (?:identity|rest)/,
    commands: {
      repairs: ({ deployer, simulator }) => {
        expect(deployer.federatedCredentials).toMatchObject([{ subject: simulator.subject }])
      },
    },
  },
  SIGN_IN_FAILED: { arrange: () => ({ 'client-id': nobody }), commands: { looks: () => '' } },
  SUBSCRIPTION_NOT_FOUND: {
    arrange: ({ cluster, subscription }) => ({ cluster: cluster.id.replace(subscription.subscriptionId, nobody) }),
    commands: { looks: ({ subscription }) => subscription.subscriptionId },
  },
  CLUSTER_NOT_FOUND: {
    arrange: stage => {
      readEverywhere(stage)
      return { cluster: 'aks-prod-2' }
    },
    commands: { looks: idOfCluster },
  },
  REGISTRY_NOT_FOUND: {
    arrange: stage => {
      readEverywhere(stage)
      return { registry: 'contosoacr2' }
    },
    commands: { looks: idOfRegistry },
  },
  IDENTITY_NOT_FOUND: {
    arrange: stage => {
      readEverywhere(stage)
      const { id } = stage.group.addUserAssignedIdentity('kubelet')
      return { cluster: '', 'resource-group': '', 'kubelet-identity': `${id}2` }
    },
    commands: { looks: () => '/userAssignedIdentities/kubelet' },
  },
  AMBIGUOUS_NAME: {
    arrange: stage => {
      readEverywhere(stage)
      stage.subscription.addResourceGroup('rg-test').addCluster('aks-prod-1')
      return { 'resource-group': '' }
    },
    commands: 'nothing',
  },
  AUTHORIZATION_FAILED: {
    arrange: stage => {
      disarm(stage, stage.registry.id)
      return {}
    },
    commands: { repairs: done },
  },
  NO_KUBELET_IDENTITY: {
    arrange: ({ group }) => {
      group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Failed' })
      return { cluster: 'aks-new' }
    },
    commands: { looks: () => 'Failed' },
  },
  PRINCIPAL_NOT_FOUND: {
    arrange: ({ world, cluster }) => {
      world.hidePrincipal(cluster.kubeletIdentity.objectId)
      return { timeout: '2s' }
    },
    commands: { looks: () => '' },
  },
  SCOPE_LOCKED: {
    arrange: ({ world, group }) => {
      world.addLock({ scope: group.id, level: 'ReadOnly' })
      return {}
    },
    commands: { looks: () => 'do-not-touch' },
  },
  ASSIGNMENT_LIMIT: {
    arrange: ({ world }) => {
      world.roleAssignmentLimit = world.roleAssignments.length
      return {}
    },
    commands: { looks: () => '' },
  },
  CONDITION_NOT_UNDERSTOOD: {
    arrange: ({ world, cluster, registry }) => {
      const principalId = cluster.kubeletIdentity.objectId
      const condition =
        "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/pull/read'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'team/app'))"
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id, condition })
      return {}
    },
    commands: { looks: () => "StringEquals 'team/app'" },
  },
  GROUP_ACCESS_DENIED: {
    arrange: ({ world, deployer }) => {
      world.directory.findClient(deployer.clientId)?.graphPermissions.clear()
      return { group: world.addGroup('acr-pullers').objectId }
    },
    commands: { repairs: done },
  },
  POLICY_DENIED: {
    arrange: ({ world, group }) => {
      const type = 'Microsoft.Authorization/roleAssignments'
      world.addPolicy({ id: 'no-grants', name: 'Nobody grants roles', scope: group.id, type })
      return {}
    },
    commands: { looks: () => 'no-grants' },
  },
  AZURE_REFUSED: {
    arrange: stage => {
      stage.world.unregisteredProviders.add('Microsoft.ContainerRegistry')
      return createNew(stage)
    },
    commands: { repairs: done },
  },
  BOOTSTRAP_REGISTRY: {
    arrange: ({ group, registry, world }) => {
      const { kubeletIdentity } = group.addCluster('aks-isolated', { bootstrapRegistryId: registry.id })
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      return { mode: 'detach', cluster: 'aks-isolated' }
    },
    commands: { looks: idOfRegistry },
  },
  SHARED_IDENTITY: {
    arrange: ({ group, registry, world }) => {
      const kubeletIdentity = group.addUserAssignedIdentity('shared-kubelet')
      for (const name of ['aks-blue', 'aks-green']) group.addCluster(name, { kubeletIdentity })
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      return { mode: 'detach', cluster: 'aks-blue' }
    },
    commands: { looks: () => 'shared-kubelet' },
  },
  PROPAGATION_TIMEOUT: {
    timing: { readAfterWriteMs: hour },
    arrange: () => ({ timeout: '1s' }),
    later: hour,
    commands: { looks: ({ cluster }) => cluster.kubeletIdentity.objectId },
  },
  DRIFT: {
    arrange: ({ group, world, registry }) => {
      group.addCluster('aks-prod-2')
      const { objectId } = group.addCluster('aks-prod-3').kubeletIdentity
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return { mode: 'check', cluster: '*' }
    },
    commands: { repairs: done },
  },
  REPORT_MISSING: {
    arrange: () => {
      const entry = { 'resource-group': 'rg-eu', cluster: '*', registry: 'contosoacr' }
      return { mode: 'merge', reports: 'drift-reports', fleet: JSON.stringify([entry]) }
    },
    commands: 'nothing',
  },
  THROTTLED: {
    arrange: ({ simulator }) => {
      const body = { error: { code: 'ResourceRequestsThrottled', message: 'Number of requests exceeded the limit.' } }
      const headers = { 'retry-after': '1' }
      simulator.faults.add({ path: '/managedClusters/', status: 429, body, headers, times: Infinity })
      return {}
    },
    commands: 'nothing',
  },
  AZURE_UNAVAILABLE: {
    arrange: ({ simulator }) => {
      const body = { error: { code: 'ServerTimeout', message: 'The operation timed out.' } }
      simulator.faults.add({ path: '/managedClusters/', status: 503, body, times: Infinity })
      return {}
    },
    commands: 'nothing',
  },
  CANCELLED: {
    arrange: ({ simulator }) => {
      simulator.faults.add({ path: '/managedClusters/', delayMs: 20_000 })
      return {}
    },
    start: () => ({ cancel: { when: ({ path }) => path.includes('/managedClusters/') } }),
    commands: 'nothing',
  },
} satisfies Record<string, Case>

/** Errors of the cluster that nodes are probed in. */
export const proofCases = {
  CLUSTER_STOPPED: {
    arrange: stage => {
      letProbe(stage, { powerState: 'Stopped' })
      return { cluster: 'aks-pull', verify: 'pull', 'probe-image': 'team/app:v1' }
    },
    commands: { repairs: done },
  },
  CLUSTER_UNREACHABLE: {
    arrange: stage => {
      letProbe(stage, { privateCluster: true, disableRunCommand: true })
      return { cluster: 'aks-pull', verify: 'pull', 'probe-image': 'team/app:v1' }
    },
    commands: { repairs: done },
  },
  PULL_DENIED: {
    timing: { propagationMs: hour },
    arrange: stage => {
      letProbe(stage)
      return { verify: 'pull', 'probe-image': 'team/app:v1', timeout: '3s' }
    },
    cluster: 'aks-prod-1',
    commands: { looks: ({ cluster }) => cluster.kubeletIdentity.objectId },
  },
  REGISTRY_UNREACHABLE: {
    arrange: stage => {
      letProbe(stage)
      wall(stage.registry)
      return { verify: 'pull', 'probe-image': 'team/app:v1', timeout: '2s' }
    },
    commands: { looks: () => '"defaultAction": "Deny"' },
  },
  PROBE_FAILED: {
    arrange: stage => {
      letProbe(stage)
      stage.cluster.kubernetes.addQuota('default', { pods: '0' })
      return { verify: 'pull', 'probe-image': 'team/app:v1', 'probe-with': 'kubectl' }
    },
    cluster: 'aks-prod-1',
    commands: { looks: () => 'pods' },
  },
} satisfies Record<string, Case>
