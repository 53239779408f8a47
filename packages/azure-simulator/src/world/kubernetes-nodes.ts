// Creates the nodes of a node pool.
import { createHash } from 'node:crypto'
import { newGuid } from '../model/ids.js'
import { kubernetesTime, type Condition, type Node, type NodeImage, type Taint } from './kubernetes-objects.js'

/** Releases of Windows Server, named as in `osSKU`. */
export type WindowsRelease = 'Windows2019' | 'Windows2022' | 'Windows2025'

/** Name and build of each; a Windows image must have the same build. */
const windowsReleases: Readonly<Record<WindowsRelease, { name: string; build: string }>> = {
  Windows2019: { name: 'Windows Server 2019 Datacenter', build: '10.0.17763.7792' },
  Windows2022: { name: 'Windows Server 2022 Datacenter', build: '10.0.20348.4171' },
  Windows2025: { name: 'Windows Server 2025 Datacenter', build: '10.0.26100.6584' },
}

/** What the nodes of a pool depend on. */
export interface NodePool {
  readonly name: string
  readonly count: number
  readonly mode: 'System' | 'User'
  readonly osType: 'Linux' | 'Windows'
  readonly arch: 'amd64' | 'arm64'
  readonly vmSize: string
  /** Only for Windows pools; Windows2022 by default. */
  readonly windows?: WindowsRelease
  /** `key=value:Effect` or `key:Effect`. */
  readonly taints: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** The location of the nodes. */
export interface NodePlace {
  readonly subscriptionId: string
  readonly nodeResourceGroup: string
  readonly location: string
  readonly clusterName: string
  readonly kubernetesVersion: string
}

/**
 * Name of a node: virtual machine scale sets count in base 36 (azure-docs `aks/node-access`; Windows names must be
 * short).
 */
function nodeName({ name, osType }: Pick<NodePool, 'name' | 'osType'>, index: number): string {
  const number = index.toString(36).padStart(6, '0')
  return osType === 'Windows' ? `aks${name}${number}` : `aks-${name}-12345678-vmss${number}`
}

/** Some of the images that a node's own pods run, with their sizes in bytes; a real node lists more. */
const systemImages: readonly (readonly [string, number])[] = [
  ['oss/v2/kubernetes/azuredisk-csi:v1.33.5', 108_433_210],
  ['oss/kubernetes/kube-proxy:v1.34.0', 89_214_550],
  ['oss/v2/kubernetes/coredns:v1.12.1', 21_390_107],
  ['oss/kubernetes/pause:3.6', 301_773],
]

function listImage([name, sizeBytes]: readonly [string, number]): NodeImage {
  const [repository = ''] = name.split(':')
  const digest = createHash('sha256').update(name).digest('hex')
  return { names: [`mcr.microsoft.com/${repository}@sha256:${digest}`, `mcr.microsoft.com/${name}`], sizeBytes }
}

/** The images that a kubelet lists of those on its node: the 50 largest, largest first (`nodeStatusMaxImages`). */
export const chooseListed = (images: readonly NodeImage[]): NodeImage[] =>
  images.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, 50)

/** The version of the image of a pool's nodes, which is also one of their labels (azure-docs `aks/use-labels`). */
export function nodeImageVersion(osType: 'Linux' | 'Windows'): string {
  return osType === 'Linux'
    ? 'AKSUbuntu-2204gen2containerd-202509.11.0'
    : 'AKSWindows-2022-containerd-20348.4171.250910'
}

/** A node as AKS registers it (labels: azure-docs `aks/use-labels`). */
export function createNode(place: NodePlace, pool: NodePool, index: number, address: string): Node {
  const name = nodeName(pool, index)
  const scaleSet = pool.osType === 'Windows' ? `aks${pool.name}` : `aks-${pool.name}-12345678-vmss`
  const os = pool.osType.toLowerCase()
  const { windows = 'Windows2022' } = pool
  const release = windowsReleases[windows]
  const zone = '0'
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        agentpool: pool.name,
        'beta.kubernetes.io/arch': pool.arch,
        'beta.kubernetes.io/instance-type': pool.vmSize,
        'beta.kubernetes.io/os': os,
        'failure-domain.beta.kubernetes.io/region': place.location,
        'failure-domain.beta.kubernetes.io/zone': zone,
        'kubernetes.azure.com/agentpool': pool.name,
        'kubernetes.azure.com/cluster': place.nodeResourceGroup,
        'kubernetes.azure.com/mode': pool.mode.toLowerCase(),
        'kubernetes.azure.com/node-image-version': nodeImageVersion(pool.osType),
        'kubernetes.azure.com/os-sku': pool.osType === 'Windows' ? windows : 'Ubuntu',
        'kubernetes.azure.com/role': 'agent',
        'kubernetes.io/arch': pool.arch,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': os,
        'kubernetes.io/role': 'agent',
        'node-role.kubernetes.io/agent': '',
        'node.kubernetes.io/instance-type': pool.vmSize,
        'topology.kubernetes.io/region': place.location,
        'topology.kubernetes.io/zone': zone,
        ...pool.labels,
      },
    },
    spec: {
      podCIDR: `10.244.${String(index % 256)}.0/24`,
      providerID: `azure:///subscriptions/${place.subscriptionId}/resourceGroups/${place.nodeResourceGroup.toLowerCase()}/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSet}/virtualMachines/${String(index)}`,
      ...(pool.taints.length === 0 ? {} : { taints: pool.taints.map(readTaint) }),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      allocatable: { cpu: '3860m', memory: '14120568Ki', 'ephemeral-storage': '119703055367', pods: '110' },
      capacity: { cpu: '4', memory: '16382584Ki', 'ephemeral-storage': '129886128Ki', pods: '110' },
      conditions: nodeConditions(true),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: systemImages.map(listImage),
      nodeInfo: {
        architecture: pool.arch,
        bootID: newGuid(),
        containerRuntimeVersion: 'containerd://1.7.28-1',
        kernelVersion: os === 'windows' ? release.build : '5.15.0-1092-azure',
        kubeProxyVersion: '',
        kubeletVersion: `v${place.kubernetesVersion}`,
        machineID: newGuid().replaceAll('-', ''),
        operatingSystem: os,
        osImage: os === 'windows' ? release.name : 'Ubuntu 22.04.5 LTS',
        systemUUID: newGuid(),
      },
    },
  }
}

/** The conditions of a healthy node, or of one whose kubelet is silent. */
export function nodeConditions(isReady: boolean): Condition[] {
  const now = kubernetesTime()
  const condition = (type: string, status: Condition['status'], reason: string, message: string): Condition => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  const silent = ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'] as const
  const pressure = (type: string, reason: string, message: string): Condition =>
    isReady ? condition(type, 'False', reason, message) : condition(type, ...silent)
  return [
    pressure('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressure('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressure('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    isReady
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition('Ready', ...silent),
  ]
}

function readTaint(text: string): Taint {
  const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? []
  return { key, ...(value === undefined || value === '' ? {} : { value }), effect }
}
