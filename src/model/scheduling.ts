/** What an image is built for, in the words of OCI and Kubernetes: `linux`, `arm64`. */
export interface Platform {
  os: string
  arch: string
  /** Of Windows: `10.0.20348.2700`. */
  osVersion?: string
}

/** Where the pods of a workload may run, as far as its manifest says (kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node). */
export interface Constraints {
  /** Labels that a node must have. */
  nodeSelector: Readonly<Record<string, string>>
  /** Required node affinity: one of the terms must hold. Absent where there is none. */
  nodeAffinity?: readonly NodeTerm[]
  tolerations: readonly Toleration[]
  /** The node that the pod is bound to. */
  nodeName?: string
  /** `spec.os.name`: a kubelet of another system refuses the pod. */
  os?: string
}

/** All of its requirements must hold; one without any matches nothing. */
export interface NodeTerm {
  labels: readonly Requirement[]
  /** Requirements on the node's name, the only field that Kubernetes has. */
  names: readonly Requirement[]
}

export interface Requirement {
  key: string
  operator: string
  values: readonly string[]
}

/** Lets a pod onto nodes with a taint; what is absent matches everything. */
export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

/** The properties of a node that decide which images it can pull. */
export interface Place {
  name: string
  os: string
  arch: string
  labels: Readonly<Record<string, string>>
  taints: readonly { key: string; value: string; effect: string }[]
}

/** The properties of an image that decide on which nodes it is pulled. */
export interface Placed {
  /** Absent where they are not known, so that every node counts. */
  platforms?: readonly Platform[]
}

/**
 * The nodes that are to pull an image: those that one of its workloads may run on, and whose platform it has. Pure.
 * @param constraints of the workloads that name it; undefined where no workload does, so that only the platform counts
 */
export function nodesFor<Node extends Place>(
  { platforms = [] }: Placed,
  constraints: readonly Constraints[] | undefined,
  nodes: readonly Node[],
): Node[] {
  return nodes.filter(node => {
    const isFit = platforms.length === 0 || platforms.some(platform => runsOn(platform, node))
    return isFit && (constraints?.some(each => mayRunOn(each, node)) ?? true)
  })
}

/** The keys of the labels that decide for a workload, which have to be read with the nodes. */
export function labelsOf({ nodeSelector, nodeAffinity = [] }: Constraints): string[] {
  return [...Object.keys(nodeSelector), ...nodeAffinity.flatMap(({ labels }) => labels.map(({ key }) => key))]
}

/** What a node of Windows is built on; containers of another build do not start there (learn.microsoft.com/virtualization/windowscontainers). */
const windowsBuild = 'node.kubernetes.io/windows-build'

/** From Windows Server 2022 on, a node also runs images of the versions since then. */
const firstCompatibleBuild = 20_348

function runsOn({ os, arch, osVersion = '' }: Platform, node: Place): boolean {
  if (os !== node.os || arch !== node.arch) return false
  const ofNode = buildOf(node.labels[windowsBuild] ?? '')
  const ofImage = buildOf(osVersion)
  if (os !== 'windows' || ofNode === undefined || ofImage === undefined) return true
  return ofImage === ofNode || (ofImage >= firstCompatibleBuild && ofImage < ofNode)
}

function buildOf(version: string): number | undefined {
  const build = /^\d+\.\d+\.(\d+)/.exec(version)?.[1]
  return build === undefined ? undefined : Number(build)
}

function mayRunOn({ nodeSelector, nodeAffinity, tolerations, nodeName, os }: Constraints, node: Place): boolean {
  return (
    (nodeName === undefined || nodeName === node.name) &&
    (os === undefined || os === node.os) &&
    Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (nodeAffinity?.some(term => holds(term, node)) ?? true) &&
    node.taints.every(taint => !isForWorkloads(taint) || tolerations.some(toleration => tolerates(toleration, taint)))
  )
}

/** Whether a taint reserves a node for some workloads; those of Kubernetes itself describe its state. */
function isForWorkloads({ key, effect }: Place['taints'][number]): boolean {
  return effect !== 'PreferNoSchedule' && !/^node\.(cloudprovider\.)?kubernetes\.io\//.test(key)
}

function tolerates({ key = '', operator, value = '', effect = '' }: Toleration, taint: Place['taints'][number]) {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || (key !== '' && value === taint.value)
}

function holds({ labels, names }: NodeTerm, node: Place): boolean {
  if (labels.length + names.length === 0) return false
  return (
    labels.every(requirement => meets(requirement, node.labels[requirement.key])) &&
    names.every(requirement => meets(requirement, node.name))
  )
}

/** Whether a label matches a requirement; `NotIn` also matches a node without the label. */
function meets({ operator, values }: Requirement, found: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return found !== undefined && values.includes(found)
    case 'NotIn':
      return found === undefined || !values.includes(found)
    case 'Exists':
      return found !== undefined
    case 'DoesNotExist':
      return found === undefined
    case 'Gt':
      return found !== undefined && Number(found) > Number(values[0])
    case 'Lt':
      return found !== undefined && Number(found) < Number(values[0])
    default:
      return false
  }
}
