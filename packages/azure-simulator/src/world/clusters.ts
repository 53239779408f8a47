import { newGuid } from '../model/ids.js'
import { agentPoolProfile, kubernetesVersion, nodePoolsOf, type AgentPool } from './agent-pools.js'
import { controlPlaneIdentity, createIdentity, type UserAssignedIdentity } from './identities.js'
import { createKubernetes, type Kubernetes } from './kubernetes.js'
import { resourceId, type Place, type Resource } from './resources.js'

export interface Cluster extends Resource {
  /** The identity that pulls images; none for service-principal clusters and `withoutIdentityProfile`. */
  readonly kubeletIdentity: UserAssignedIdentity
  /**
   * AKS makes the kubelet identity: 36 to 69 s after the PUT of a cluster that is still `Creating` then, or at the end
   * of `az aks update --enable-managed-identity`, after 2 min 7 s and 2 min 31 s (recorded by azure-service-operator).
   */
  readonly receiveKubeletIdentity: () => UserAssignedIdentity
  readonly hasKubeletIdentity: boolean
  /** When its creation succeeded, in epoch milliseconds; undefined if that is long ago or hasn't happened. */
  readySince: number | undefined
  /**
   * Application ID with whose secret the nodes pull. A move to managed identities doesn't change it: "Kubelet continues
   * using a service principal until you also upgrade your agent pool" (azure-aks-docs `system-assigned-managed-identity`).
   */
  nodesPullAs: string | undefined
  /** The application's secret that the nodes have: a new one reaches them only by `az aks update-credentials`. */
  readonly nodesSecret: string
  /** Object ID of the cluster's own identity, which doesn't pull. */
  readonly controlPlanePrincipalId: string | undefined
  readonly nodeResourceGroup: string
  /** The real cluster behind it, if it has one. */
  readonly external: ExternalCluster | undefined
  /** The inside of the cluster, created on first use; an external cluster has none. */
  readonly kubernetes: Kubernetes
}

/**
 * A real cluster outside the simulator: Azure Resource Manager issues this kubeconfig instead of one for the simulated
 * API server, and Run Command runs its commands with it on this machine. Its nodes may pull from the world's registries,
 * with credentials that the simulated machine gives to a credential provider.
 */
export interface ExternalCluster {
  /** Must not sign in with a program or Entra ID. Tests may change it at any time. */
  kubeconfig: string
}

export interface ClusterOptions {
  external?: ExternalCluster
  location?: string
  /** `<name>-dns` by default. */
  dnsPrefix?: string
  /** `Standard` by default. */
  tier?: 'Free' | 'Standard' | 'Premium'
  provisioningState?: string
  /** How long ago its creation succeeded: a new cluster is updated by AKS itself. By default, that has long been done. */
  createdMsAgo?: number
  powerState?: 'Running' | 'Stopped'
  identity?: 'SystemAssigned' | 'UserAssigned' | 'ServicePrincipal'
  /**
   * With `identity: 'ServicePrincipal'`: the application ID of the cluster; by default one is created. With another
   * identity and `withoutIdentityProfile`: the one that a cluster pulls with while it moves to managed identities.
   */
  servicePrincipalClientId?: string
  kubeletIdentity?: UserAssignedIdentity
  /** As during the creation of a cluster, after an aborted creation, and during a move to managed identities. */
  withoutIdentityProfile?: boolean
  privateCluster?: boolean
  /** Managed Entra integration; with `azureRbac`, also Azure RBAC for Kubernetes. */
  aad?: boolean
  azureRbac?: boolean
  disableRunCommand?: boolean
  disableLocalAccounts?: boolean
  /** Object IDs of groups whose members administer a cluster with `aad`. */
  adminGroupObjectIds?: readonly string[]
  /** Addresses and CIDR ranges with access to the API server. */
  authorizedIpRanges?: readonly string[]
  /** One pool `system` by default. */
  agentPools?: readonly AgentPool[]
  /**
   * AKS Automatic with managed system nodes: no agent pools of the user, hosted nodes, auto-provisioning, deployment
   * safeguards, and an admission that refuses wildcard and reserved tolerations. `agentPools` are added to it.
   */
  automatic?: boolean
  /** The form of an answer without pools; for `automatic`, `agentPoolProfiles` is null by default. */
  withoutPoolProfiles?: 'null' | 'absent'
  /**
   * `securityProfile.serviceAccountImagePullProfile`: nodes pull with this identity instead of the kubelet identity.
   */
  serviceAccountPull?: { defaultIdentity?: UserAssignedIdentity }
  /** `bootstrapProfile`: the registry from which the nodes of a network isolated cluster boot. */
  bootstrapRegistryId?: string
  /** `nodeResourceGroupProfile.restrictionLevel`. */
  nodeResourceGroupRestriction?: 'ReadOnly' | 'Unrestricted'
  tags?: Record<string, string>
}

export const clusterType = 'Microsoft.ContainerService/managedClusters'
const type = clusterType

export const isCluster = (resource: Resource | undefined): resource is Cluster => resource?.type === clusterType

/**
 * A cluster in the format of recorded answers. AKS creates the kubelet identity `<cluster>-agentpool` in the node
 * resource group, separate from the control plane's identity; its object ID and client ID differ, as do the two
 * identities. `keep` adds that identity to the world.
 */
export function createCluster(
  place: Place,
  name: string,
  options: ClusterOptions,
  keep: (identity: UserAssignedIdentity) => UserAssignedIdentity,
): Cluster {
  const { identity = 'SystemAssigned', provisioningState = 'Succeeded', powerState = 'Running' } = options
  const location = options.location ?? place.location
  const nodeResourceGroup = `MC_${place.resourceGroup}_${name}_${location}`
  const nodePlace = { ...place, resourceGroup: nodeResourceGroup }
  const isServicePrincipal = identity === 'ServicePrincipal'
  const makeIdentity = (): UserAssignedIdentity =>
    options.kubeletIdentity ?? keep(createIdentity(nodePlace, `${name}-agentpool`))
  let kubeletIdentity = isServicePrincipal || options.withoutIdentityProfile === true ? undefined : makeIdentity()
  const controlPlane = controlPlaneIdentity(place, name, identity)
  const servicePrincipalClientId =
    options.servicePrincipalClientId ??
    (isServicePrincipal
      ? place.directory.addServicePrincipal(`${name}-sp`, 'Application', { tenantId: place.tenantId }).clientId
      : 'msi')
  const nodesSecret = newGuid()
  place.directory.findClient(servicePrincipalClientId)?.secrets.push(nodesSecret)
  const { dnsPrefix = `${name}-dns`, tier = 'Standard' } = options
  const fqdn = `${dnsPrefix}-${newGuid().slice(0, 8)}`
  const domain = `${location}.${place.cloud.clusterSuffix}`
  const privateDomain = `${newGuid()}.privatelink.${domain}`
  const id = resourceId(place, type, name, { casing: 'resourcegroups' })
  const isAutomatic = options.automatic === true
  const pools = options.agentPools ?? (isAutomatic ? [] : [{ name: 'system' }])
  const poolProfiles = options.withoutPoolProfiles ?? (isAutomatic && pools.length === 0 ? 'null' : undefined)
  let kubernetes: Kubernetes | undefined

  const cluster: Cluster = {
    id,
    name,
    type,
    subscriptionId: place.subscriptionId,
    resourceGroup: place.resourceGroup,
    createdAt: Date.now(),
    readySince: options.createdMsAgo === undefined ? undefined : Date.now() - options.createdMsAgo,
    nodeResourceGroup,
    nodesPullAs: servicePrincipalClientId === 'msi' ? undefined : servicePrincipalClientId,
    nodesSecret,
    get hasKubeletIdentity() {
      return kubeletIdentity !== undefined
    },
    receiveKubeletIdentity() {
      kubeletIdentity ??= makeIdentity()
      Object.assign(cluster.body.properties, {
        servicePrincipalProfile: { clientId: 'msi' },
        identityProfile: identityProfile(kubeletIdentity),
      })
      return kubeletIdentity
    },
    get kubeletIdentity() {
      if (kubeletIdentity === undefined) throw new Error(`cluster ${name} has no kubelet identity`)
      return kubeletIdentity
    },
    controlPlanePrincipalId: controlPlane?.principalId,
    external: options.external,
    get kubernetes() {
      if (options.external !== undefined) throw new Error(`the inside of cluster ${name} is not simulated`)
      if (kubernetes !== undefined) return kubernetes
      kubernetes = createKubernetes(
        { subscriptionId: place.subscriptionId, nodeResourceGroup, location, clusterName: name, kubernetesVersion },
        nodePoolsOf(pools),
      )
      if (isAutomatic) makeAutomatic(kubernetes)
      return kubernetes
    },
    body: {
      id,
      location,
      name,
      ...(options.tags === undefined ? {} : { tags: options.tags }),
      type: 'Microsoft.ContainerService/ManagedClusters',
      kind: 'Base',
      properties: {
        provisioningState,
        powerState: { code: powerState },
        kubernetesVersion,
        currentKubernetesVersion: kubernetesVersion,
        dnsPrefix,
        ...(options.privateCluster === true
          ? { privateFQDN: `${fqdn}.${privateDomain}`, fqdn: `${fqdn}.hcp.${domain}` }
          : { fqdn: `${fqdn}.hcp.${domain}` }),
        azurePortalFQDN: `${fqdn}.portal.hcp.${domain}`,
        ...(poolProfiles === 'absent'
          ? {}
          : {
              agentPoolProfiles:
                poolProfiles === 'null'
                  ? null
                  : pools.map(pool => agentPoolProfile(pool, provisioningState, powerState)),
            }),
        hostedSystemProfile: { enabled: isAutomatic },
        nodeProvisioningProfile: { mode: isAutomatic ? 'Auto' : 'Manual', defaultNodePools: 'Auto' },
        servicePrincipalProfile: { clientId: servicePrincipalClientId },
        nodeResourceGroup,
        ...(options.nodeResourceGroupRestriction === undefined
          ? {}
          : { nodeResourceGroupProfile: { restrictionLevel: options.nodeResourceGroupRestriction } }),
        enableRBAC: true,
        supportPlan: 'KubernetesOfficial',
        networkProfile: {
          networkPlugin: 'azure',
          networkPluginMode: 'overlay',
          networkPolicy: 'none',
          networkDataplane: 'azure',
          loadBalancerSku: 'standard',
          loadBalancerProfile: { managedOutboundIPs: { count: 1 }, backendPoolType: 'nodeIPConfiguration' },
          podCidr: '10.244.0.0/16',
          serviceCidr: '10.0.0.0/16',
          dnsServiceIP: '10.0.0.10',
          outboundType: 'loadBalancer',
          podCidrs: ['10.244.0.0/16'],
          serviceCidrs: ['10.0.0.0/16'],
          ipFamilies: ['IPv4'],
        },
        ...(options.aad === true
          ? {
              aadProfile: {
                managed: true,
                enableAzureRBAC: options.azureRbac ?? false,
                adminGroupObjectIDs: options.adminGroupObjectIds ?? null,
                tenantID: place.tenantId,
              },
            }
          : {}),
        maxAgentPools: 100,
        ...(options.privateCluster === true ||
        options.disableRunCommand !== undefined ||
        options.authorizedIpRanges !== undefined
          ? {
              apiServerAccessProfile: {
                ...(options.privateCluster === true
                  ? { enablePrivateCluster: true, privateDNSZone: 'system', enablePrivateClusterPublicFQDN: true }
                  : {}),
                ...(options.authorizedIpRanges === undefined ? {} : { authorizedIPRanges: options.authorizedIpRanges }),
                ...(options.disableRunCommand === undefined ? {} : { disableRunCommand: options.disableRunCommand }),
              },
            }
          : {}),
        ...(kubeletIdentity === undefined ? {} : { identityProfile: identityProfile(kubeletIdentity) }),
        autoUpgradeProfile: { nodeOSUpgradeChannel: 'NodeImage' },
        disableLocalAccounts: options.disableLocalAccounts ?? false,
        securityProfile:
          options.serviceAccountPull === undefined
            ? {}
            : {
                serviceAccountImagePullProfile: {
                  enabled: true,
                  ...(options.serviceAccountPull.defaultIdentity === undefined
                    ? {}
                    : { defaultManagedIdentityId: options.serviceAccountPull.defaultIdentity.resourceId }),
                },
              },
        storageProfile: {
          diskCSIDriver: { enabled: true },
          fileCSIDriver: { enabled: true },
          snapshotController: { enabled: true },
        },
        oidcIssuerProfile: { enabled: false },
        workloadAutoScalerProfile: {},
        resourceUID: newGuid().replaceAll('-', '').slice(0, 24),
        metricsProfile: { costAnalysis: { enabled: false } },
        bootstrapProfile:
          options.bootstrapRegistryId === undefined
            ? { artifactSource: 'Direct' }
            : { artifactSource: 'Cache', containerRegistryId: options.bootstrapRegistryId },
      },
      ...(controlPlane === undefined ? {} : { identity: controlPlane.body }),
      sku: { name: isAutomatic ? 'Automatic' : 'Base', tier },
    },
  }
  return cluster
}

function identityProfile({ resourceId, clientId, objectId }: UserAssignedIdentity): Record<string, unknown> {
  return { kubeletidentity: { resourceId, clientId, objectId } }
}

/** The settings of every AKS Automatic cluster (azure-docs `aks/automatic`; Azure/AKS release notes of 2026-05-29). */
function makeAutomatic(kubernetes: Kubernetes): void {
  kubernetes.addPool({
    name: 'hostedpool',
    count: 2,
    mode: 'System',
    taints: ['CriticalAddonsOnly=true:NoSchedule', 'kubernetes.azure.com/hostedvm=true:NoSchedule'],
    labels: { 'kubernetes.azure.com/hostedvm': 'true' },
  })
  kubernetes.refusesReservedTolerations = true
  kubernetes.safeguards = 'Enforcement'
}
