import type { KubernetesObject } from './kubernetes-meta.js'
import { generateName, hashOf, randomSuffix } from './kubernetes-names.js'
import { chooseListed } from './kubernetes-nodes.js'
import {
  kubernetesTime,
  type Node,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodSpec,
} from './kubernetes-objects.js'
import type { ObjectStore } from './kubernetes-store.js'

/** A workload that has been running for a while, with its pods. */
export interface RunningWorkload {
  /** `Pod` for single pods. Any other kind owns its pods directly, like that of an operator, and isn't stored itself. */
  kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob' | 'Pod' | (string & {})
  name: string
  /** `default` by default. */
  namespace?: string
  spec: PodSpec
  /**
   * How many pods it has, 1 by default; a daemon set always has one on each node, a cron job that many jobs with a pod
   * each.
   */
  pods?: number
  /** What it asks for instead: 0 for a deployment that was scaled down. */
  replicas?: number
  /** The owner of a ReplicaSet or a Job, such as a Rollout, which isn't stored itself. */
  owner?: { apiVersion: string; kind: string; name: string }
  /**
   * Image IDs that its nodes report, by image or by the name of an image volume: `<host>/<repository>@<digest>`, or
   * only `sha256:…` for an image that was built or loaded on the node. Containers with other images have not started.
   */
  imageIds?: Readonly<Record<string, string>>
  /** `Running`, or `Pending` if one of its images has no ID, by default. */
  phase?: Pod['status']['phase']
  /** When its pods have started, in ms since the epoch; now by default. */
  startedAt?: number
  /** Whether its pods are being deleted. */
  isLeaving?: boolean
}

/** Adds workloads whose pods run without having been started by the simulator, so that thousands cost nothing. */
export interface RunningActions {
  addWorkload(workload: RunningWorkload): Pod[]
}

const plurals: Readonly<Record<string, { resource: string; apiVersion: string }>> = {
  Deployment: { resource: 'deployments', apiVersion: 'apps/v1' },
  ReplicaSet: { resource: 'replicasets', apiVersion: 'apps/v1' },
  StatefulSet: { resource: 'statefulsets', apiVersion: 'apps/v1' },
  DaemonSet: { resource: 'daemonsets', apiVersion: 'apps/v1' },
  Job: { resource: 'jobs', apiVersion: 'batch/v1' },
  CronJob: { resource: 'cronjobs', apiVersion: 'batch/v1' },
}

const runningSizeInBytes = 50_000_000

/** Binds the action to a cluster's objects. The objects are those that its controllers would have made. */
export function createRunningActions(store: ObjectStore): RunningActions {
  const create = (
    { kind, namespace = 'default' }: Pick<RunningWorkload, 'kind' | 'namespace'>,
    name: string,
    spec: object,
    { labels, owner }: { labels?: Record<string, string>; owner?: OwnerObject | undefined } = {},
  ): KubernetesObject => {
    const { resource = '', apiVersion = 'operators.example/v1' } = plurals[kind] ?? {}
    const metadata = {
      ...{ name, namespace },
      ...(labels && { labels }),
      ...(owner && { ownerReferences: [referTo(owner)] }),
    }
    const object = { apiVersion, kind, metadata: { ...metadata, uid: randomSuffix() }, spec, status: {} }
    return resource === '' ? object : store.create(resource, object)
  }

  const nameOfPod = (owner: string, namespace = 'default'): string =>
    generateName(`${owner}-`, name => store.find('pods', namespace, name) !== undefined)

  /** Adds the images that a pod runs to the list of its node, with a size that stands for all. */
  const listImages = (nodeName: string, { spec, imageIds = {} }: RunningWorkload): void => {
    const node = store.find('nodes', undefined, nodeName)
    const listed = node?.status.images ?? []
    const fresh = [...new Set([...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image))].flatMap(
      image => {
        const id = imageIds[image] ?? ''
        const isListed = listed.some(({ names }) => names.includes(id))
        return id.includes('@') && !isListed ? { names: [id, image], sizeBytes: runningSizeInBytes } : []
      },
    )
    const images = chooseListed([...listed, ...fresh])
    if (node === undefined || images.every(image => listed.includes(image))) return
    store.update<Node>('nodes', node, draft => {
      draft.status.images = images
    })
  }

  const addPod = (workload: RunningWorkload, name: string, owner?: OwnerObject, more: PodParts = {}): Pod => {
    const { namespace = 'default', startedAt, isLeaving = false } = workload
    const nodes = store.list('nodes').map(node => node.metadata.name)
    const nodeName = more.nodeName ?? nodes[store.version % Math.max(1, nodes.length)] ?? ''
    const startTime = kubernetesTime(startedAt)
    listImages(nodeName, workload)
    return store.create<Pod>('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{ name, namespace },
        ...(more.labels && { labels: more.labels }),
        ...(owner && { ownerReferences: [referTo(owner)] }),
        ...(isLeaving && { deletionTimestamp: kubernetesTime(), finalizers: ['example.com/slow'] }),
      },
      spec: {
        ...{ restartPolicy: 'Always', serviceAccountName: 'default', nodeName },
        ...workload.spec,
        ...(more.affinity && { affinity: more.affinity }),
      },
      status: statusOf(workload, startTime),
    })
  }

  return {
    addWorkload(workload) {
      const { kind, name, spec: podSpec, pods = 1, replicas = pods, owner } = workload
      const labels = { app: name }
      const template = { metadata: { labels }, spec: podSpec }
      const selector = { matchLabels: labels }
      const finite = { ...template, spec: { restartPolicy: 'Never' as const, ...podSpec } }
      const times = <T>(count: number, make: (index: number) => T): T[] =>
        Array.from({ length: count }, (_, i) => make(i))
      switch (kind) {
        case 'Pod':
          return times(pods, index => addPod(workload, pods === 1 ? name : `${name}-${String(index)}`))
        case 'Deployment':
        case 'ReplicaSet': {
          const hash = hashOf(template)
          const isOwned = kind === 'Deployment'
          const own = { ...labels, 'pod-template-hash': hash }
          const parent = isOwned ? create(workload, name, { replicas, selector, template }) : owner
          const set = create(
            { ...workload, kind: 'ReplicaSet' },
            isOwned ? `${name}-${hash}` : name,
            {
              replicas,
              selector: { matchLabels: isOwned ? own : labels },
              template: { ...template, metadata: { labels: isOwned ? own : labels } },
            },
            { labels: isOwned ? own : labels, owner: parent },
          )
          const podLabels = isOwned ? own : labels
          return times(pods, () =>
            addPod(workload, nameOfPod(set.metadata.name, workload.namespace), set, { labels: podLabels }),
          )
        }
        case 'StatefulSet': {
          const set = create(workload, name, { replicas, selector, template })
          const revision = { 'controller-revision-hash': `${name}-${hashOf(template)}` }
          return times(pods, index =>
            addPod(workload, `${name}-${String(index)}`, set, { labels: { ...labels, ...revision } }),
          )
        }
        case 'DaemonSet': {
          const set = create(workload, name, { selector, template })
          const revision = { 'controller-revision-hash': hashOf(template) }
          return store.list('nodes').map(({ metadata: { name: nodeName } }) => {
            const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }]
            const required = {
              requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
            }
            const more = { labels: { ...labels, ...revision }, nodeName, affinity: { nodeAffinity: required } }
            return addPod(workload, nameOfPod(name, workload.namespace), set, more)
          })
        }
        case 'Job': {
          const count = Math.max(1, replicas)
          const counts = { parallelism: count, completions: count, backoffLimit: 6, suspend: replicas === 0 }
          const job = create(workload, name, { ...counts, template: finite }, { labels, owner })
          return times(pods, () => addPod(workload, nameOfPod(name, workload.namespace), job, { labels }))
        }
        case 'CronJob': {
          const cron = create(workload, name, {
            schedule: '0 3 * * *',
            suspend: false,
            jobTemplate: { spec: { template: finite } },
          })
          return times(pods, index => {
            const counts = { parallelism: 1, completions: 1, backoffLimit: 6, suspend: false }
            const started = `${name}-${String(29_000_000 + index)}`
            const job = create({ ...workload, kind: 'Job' }, started, { ...counts, template: finite }, { owner: cron })
            return addPod(workload, `${started}-${randomSuffix()}`, job, { labels })
          })
        }
        default: {
          const custom = create(workload, name, {})
          return times(pods, index => addPod(workload, `${name}-${String(index)}`, custom, { labels }))
        }
      }
    },
  }
}

interface PodParts {
  labels?: Record<string, string>
  nodeName?: string
  affinity?: NonNullable<PodSpec['affinity']>
}

type OwnerObject = KubernetesObject | { apiVersion: string; kind: string; name: string }

function referTo(owner: OwnerObject) {
  const { apiVersion, kind } = owner
  const { name, uid } = 'metadata' in owner ? owner.metadata : { name: owner.name, uid: '' }
  return { apiVersion, kind, name, uid: uid ?? '', controller: true, blockOwnerDeletion: true }
}

function statusOf({ spec, imageIds = {}, phase }: RunningWorkload, startedAt: string): Pod['status'] {
  const volumes = (spec.volumes ?? []).filter(({ image }) => image !== undefined)
  const status =
    (isInit: boolean) =>
    ({ name, image, volumeMounts = [] }: Container): ContainerStatus => {
      const imageID = imageIds[image] ?? ''
      const isRunning = imageID !== ''
      const state = isRunning
        ? isInit
          ? { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: startedAt } }
          : { running: { startedAt } }
        : { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } }
      const mounts = (volumeMounts as { name: string }[]).map(mount => {
        const imageRef = volumes.some(volume => volume.name === mount.name) ? imageIds[mount.name] : undefined
        return { ...mount, ...(imageRef && { volumeStatus: { image: { imageRef } } }) }
      })
      return {
        ...{ name, image, imageID, ready: isRunning && !isInit, started: isRunning && !isInit, restartCount: 0, state },
        lastState: {},
        ...(mounts.length > 0 && { volumeMounts: mounts }),
      }
    }
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const hasAll = containers.every(({ image }) => imageIds[image] !== undefined)
  const isReady = {
    type: 'Ready',
    status: hasAll ? ('True' as const) : ('False' as const),
    lastTransitionTime: startedAt,
  }
  return {
    phase: phase ?? (hasAll ? 'Running' : 'Pending'),
    startTime: startedAt,
    conditions: [isReady],
    ...(spec.initContainers && { initContainerStatuses: spec.initContainers.map(status(true)) }),
    containerStatuses: spec.containers.map(status(false)),
    ...(spec.ephemeralContainers && { ephemeralContainerStatuses: spec.ephemeralContainers.map(status(false)) }),
  }
}
