import { formatImageSource, loginServerOf, parseImageSource, type Registry, type Target } from 'azure'
import type { ClusterWorkloads, WorkloadContainer } from 'run-model'
import { imageIdKey } from './workload-rows.js'
import type { MakerRow, NamedImage, RowOwner, PodRow, WorkloadRows } from './workload-rows.js'

/**
 * The containers of a cluster's workloads whose images are at one of these registries, each with every digest that its pods run, and the number of images at
 * other registries. What makes pods, but has none with its current image, has a container without a digest and without pods.
 */
export function collectWorkloads(
  rows: WorkloadRows,
  target: Target,
  registries: readonly Registry[],
): ClusterWorkloads {
  const own = new Set(registries.flatMap(({ loginServer }) => (loginServer ? loginServer.toLowerCase() : [])))
  const makers = new Map(rows.makers.map(maker => [keyOfWorkload(maker), maker]))
  const containers = new Map<string, WorkloadContainer>()
  /** Workloads' containers with an image that their pods run or wait for. */
  const covered = new Set<string>()
  const elsewhere = new Map<string, Set<string>>()

  /** The image, unless it is at another registry, which is counted. */
  const place = ({ image }: NamedImage): boolean => {
    const source = parseImageSource(image)
    // The kubelet accepts no other name, so nothing runs it.
    if (!source) return false
    const server = loginServerOf(source.host)
    if (own.has(server)) return true
    elsewhere.set(server, (elsewhere.get(server) ?? new Set()).add(formatImageSource({ ...source, host: server })))
    return false
  }

  const add = (found: WorkloadContainer): void => {
    const { namespace, kind, name, container, image, runningDigest } = found
    const key = [namespace, kind, name, container, image, runningDigest].join('\t')
    const before = containers.get(key)
    if (!before) containers.set(key, found)
    else {
      before.pods += found.pods
      // A pod that runs an image from its node has it, although its digest is not known.
      if (!found.isWaiting) delete before.isWaiting
      if (found.since !== undefined) before.since = Math.min(found.since, before.since ?? Infinity)
    }
  }

  for (const pod of rows.pods) {
    const { kind, name } = topmost(pod, makers)
    for (const image of pod.images) {
      covered.add([pod.namespace, kind, name, image.kind, image.name, image.image].join('\t'))
      if (!place(image)) continue
      add({
        ...describeContainers(target, pod, { kind, name }, image, ownTemplate(pod, makers)),
        runningDigest: digestOf(image.image, pod.imageIds.get(imageIdKey(image)) ?? ''),
        pods: pod.count,
        ...(!pod.imageIds.has(imageIdKey(image)) && { isWaiting: true }),
        ...(pod.since !== undefined && { since: pod.since }),
      })
    }
  }
  for (const maker of rows.makers) {
    const { kind, name } = topmost({ ...maker, owner: builtIn(maker) }, makers)
    for (const image of maker.images) {
      if (covered.has([maker.namespace, kind, name, image.kind, image.name, image.image].join('\t'))) continue
      if (place(image))
        add({ ...describeContainers(target, maker, { kind, name }, image, maker), runningDigest: '', pods: 0 })
    }
  }
  return {
    target,
    containers: [...containers.values()].sort(byPlace),
    elsewhere: new Map([...elsewhere].map(([host, images]) => [host, images.size])),
    absent: rows.absent,
    empty: rows.empty,
  }
}

function describeContainers(
  target: Target,
  { namespace }: { namespace: string },
  { kind, name }: Pick<RowOwner, 'kind' | 'name'>,
  { name: container, image, isAlways }: NamedImage,
  { account, constraints }: Pick<PodRow, 'account' | 'constraints'>,
): Omit<WorkloadContainer, 'runningDigest' | 'pods'> {
  return {
    ...{ cluster: target.id, namespace, kind, name, container, image },
    // Every pod without one runs as `default` (admission plugin ServiceAccount).
    ...(account && account !== 'default' && { account }),
    ...(constraints && { constraints }),
    ...(isAlways && { isAlways }),
  }
}

const byPlace = (a: WorkloadContainer, b: WorkloadContainer): number =>
  compareTexts(a.namespace, b.namespace) ||
  compareTexts(a.kind, b.kind) ||
  compareTexts(a.name, b.name) ||
  compareTexts(a.container, b.container) ||
  compareTexts(a.runningDigest, b.runningDigest)

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const keyOfWorkload = ({ namespace, kind, name }: { namespace: string; kind: string; name: string }): string =>
  `${namespace}\t${kind}\t${name}`

/** A maker as the owner of its pods. All that are listed belong to Kubernetes itself. */
const builtIn = ({ kind, name }: MakerRow): RowOwner => ({
  api: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1',
  kind,
  name,
})

/** The listed maker of this owner; operators have kinds of the same names in groups of their own. */
function makerOf(namespace: string, { api, kind, name }: RowOwner, makers: ReadonlyMap<string, MakerRow>) {
  return ['apps/v1', 'batch/v1'].includes(api) ? makers.get(keyOfWorkload({ namespace, kind, name })) : undefined
}

/** Kinds that controllers create: those of a Deployment, a Rollout or a CronJob. */
const inner = ['ReplicaSet', 'Job']

function topmost(
  { namespace, owner }: { namespace: string; owner: RowOwner },
  makers: ReadonlyMap<string, MakerRow>,
): Pick<RowOwner, 'kind' | 'name'> {
  const above = inner.includes(owner.kind) ? makerOf(namespace, owner, makers)?.owner : undefined
  return above ? topmost({ namespace, owner: above }, makers) : owner
}

/** The specification that a pod's constraints are in: that of its maker, or of the maker's owner; else its own. */
function ownTemplate(pod: PodRow, makers: ReadonlyMap<string, MakerRow>): Pick<PodRow, 'account' | 'constraints'> {
  const { namespace, owner, account } = pod
  if (pod.constraints) return pod
  let maker = makerOf(namespace, owner, makers)
  if (maker && !maker.constraints && maker.owner) maker = makerOf(namespace, maker.owner, makers)
  return { account, ...(maker?.constraints && { constraints: maker.constraints }) }
}

/**
 * The digest in an image ID by which a registry knows the image; empty if there is none. For an image that was built or loaded on the node, containerd reports
 * the digest of its configuration alone. For one that nodes have under several names, it reports the digest of one of these, which may be another manifest
 * with the same configuration, so only the container's own repository counts (containerd `internal/cri/server/container_status.go`, `imageRef` is the first
 * of `repoDigests`).
 */
export function digestOf(image: string, imageId: string): string {
  const named = parseImageSource(image)
  const reported = parseImageSource(imageId.replace(/^[a-z-]+:\/\//, ''))
  if (!named || !reported) return ''
  const isSame = loginServerOf(named.host) === loginServerOf(reported.host) && named.repository === reported.repository
  return isSame ? reported.digest : ''
}
