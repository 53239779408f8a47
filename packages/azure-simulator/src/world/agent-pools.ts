import { nodeImageVersion, type NodePool, type WindowsRelease } from './kubernetes-nodes.js'

/** The options of a node pool. */
export interface AgentPool {
  name: string
  /** 2 by default. */
  count?: number
  mode?: 'System' | 'User'
  osType?: 'Linux' | 'Windows'
  /** Only for Windows pools; Windows2022 by default. */
  windows?: WindowsRelease
  arch?: 'amd64' | 'arm64'
  vmSize?: string
  /** `key=value:Effect` or `key:Effect`. */
  taints?: readonly string[]
  labels?: Record<string, string>
  powerState?: 'Running' | 'Stopped'
  /** Each node sees a change of group membership this much later than the previous node. */
  skewMs?: number
}

/** The Kubernetes version of every cluster. */
export const kubernetesVersion = '1.33.5'
const defaultCount = 2

/** The processors of a size: those whose letters have a p are Arm (azure-docs `virtual-machines/vm-naming-conventions`). */
export const archOf = (vmSize: string): 'amd64' | 'arm64' => (/_[A-Z]+\d+[a-z]*p/.test(vmSize) ? 'arm64' : 'amd64')

const vmSizeOf = ({ vmSize, arch }: AgentPool): string =>
  vmSize ?? (arch === 'arm64' ? 'Standard_D4pds_v5' : 'Standard_D4ds_v5')

/** A pool in the format of recorded answers. */
export function agentPoolProfile(
  pool: AgentPool,
  provisioningState: string,
  powerState: string,
): Record<string, unknown> {
  const { osType = 'Linux' } = pool
  return {
    name: pool.name,
    count: pool.count ?? defaultCount,
    vmSize: vmSizeOf(pool),
    osDiskSizeGB: 128,
    osDiskType: 'Managed',
    kubeletDiskType: 'OS',
    maxPods: 110,
    type: 'VirtualMachineScaleSets',
    enableAutoScaling: false,
    scaleDownMode: 'Delete',
    provisioningState,
    powerState: { code: pool.powerState ?? powerState },
    orchestratorVersion: kubernetesVersion,
    currentOrchestratorVersion: kubernetesVersion,
    enableNodePublicIP: false,
    mode: pool.mode ?? 'System',
    enableEncryptionAtHost: false,
    enableUltraSSD: false,
    osType,
    ...(pool.taints === undefined ? {} : { nodeTaints: [...pool.taints] }),
    ...(pool.labels === undefined ? {} : { nodeLabels: { ...pool.labels } }),
    osSKU: osType === 'Linux' ? 'Ubuntu' : (pool.windows ?? 'Windows2022'),
    nodeImageVersion: nodeImageVersion(osType),
    upgradeSettings: { maxSurge: '10%' },
    enableFIPS: false,
    securityProfile: { enableVTPM: false, enableSecureBoot: false },
  }
}

/** The running pools, from which a cluster's nodes are created. */
export function nodePoolsOf(pools: readonly AgentPool[]): (NodePool & { skewMs: number })[] {
  return pools
    .filter(pool => pool.powerState !== 'Stopped')
    .map(({ count = defaultCount, mode = 'System', osType = 'Linux', arch = 'amd64', ...pool }) => ({
      ...{ count, mode, osType, arch, vmSize: vmSizeOf({ ...pool, arch }) },
      ...{ name: pool.name, taints: pool.taints ?? [], labels: pool.labels ?? {}, skewMs: pool.skewMs ?? 0 },
      ...(pool.windows === undefined ? {} : { windows: pool.windows }),
    }))
}
