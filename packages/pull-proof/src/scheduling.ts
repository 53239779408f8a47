import type { ClusterNode, Constraints, NodeTerm, Platform, Requirement, Taint, Toleration } from 'azure'

/** The properties of a node that decide which images it can pull. */
export type NodeTraits = Pick<ClusterNode, 'name' | 'os' | 'arch' | 'labels' | 'taints'>

/**
 * The nodes that should pull an image: those that one of its workloads may run on and whose platform it has. Pure.
 * @param constraints of the workloads that name it; undefined if none does, so that only the platform counts
 */
export function nodesFor<Node extends NodeTraits>(
  { platforms = [] }: { platforms?: readonly Platform[] },
  constraints: readonly Constraints[] | undefined,
  nodes: readonly Node[],
): Node[] {
  return nodes.filter(node => {
    const isFit = platforms.length === 0 || platforms.some(platform => runsOn(platform, node))
    return isFit && (constraints?.some(each => mayRunOn(each, node)) ?? true)
  })
}

/** The keys of the labels that decide where a workload runs, which must be read with the nodes. */
export function labelsOf({ nodeSelector, nodeAffinity = [] }: Constraints): string[] {
  return [...Object.keys(nodeSelector), ...nodeAffinity.flatMap(({ labels }) => labels.map(({ key }) => key))]
}

/** The Windows build of a node; containers of another build do not start there (learn.microsoft.com/virtualization/windowscontainers). */
const windowsBuild = 'node.kubernetes.io/windows-build'

/** Windows Server 2022: from this build on, a node also runs images of earlier builds, back to this one. */
const firstCompatibleBuild = 20_348

/** The platform of a node: `linux/arm64`; for Windows with its build, which decides as well. */
export function describePlatform({ os, arch, labels }: Pick<NodeTraits, 'os' | 'arch' | 'labels'>): string {
  const build = labels[windowsBuild]
  return `${os}/${arch}${build ? ` ${build}` : ''}`
}

function runsOn({ os, arch, osVersion = '' }: Platform, node: NodeTraits): boolean {
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

function mayRunOn({ nodeSelector, nodeAffinity, tolerations, nodeName, os }: Constraints, node: NodeTraits): boolean {
  return (
    (nodeName === undefined || nodeName === node.name) &&
    (os === undefined || os === node.os) &&
    Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (nodeAffinity?.some(term => holds(term, node)) ?? true) &&
    node.taints.every(taint => !isForWorkloads(taint) || tolerations.some(toleration => tolerates(toleration, taint)))
  )
}

/** Whether a taint reserves a node for certain workloads; Kubernetes' own taints describe its state. */
function isForWorkloads({ key, effect }: Taint): boolean {
  return effect !== 'PreferNoSchedule' && !/^node\.(cloudprovider\.)?kubernetes\.io\//.test(key)
}

function tolerates({ key = '', operator, value = '', effect = '' }: Toleration, taint: Taint) {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || (key !== '' && value === taint.value)
}

function holds({ labels, names }: NodeTerm, node: NodeTraits): boolean {
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
