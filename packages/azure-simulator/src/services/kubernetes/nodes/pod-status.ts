import {
  kubernetesTime,
  type Condition,
  type Container,
  type ContainerStatus,
  type Node,
  type Pod,
} from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'

/** The status of a container in a draft of a pod. */
export const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(entry => entry.name === name)

/** Mounts as kubelets report them (Kubernetes `pkg/kubelet/kubelet_pods.go`, `convertToAPIContainerStatuses`). */
function mountsOf({ volumeMounts = [] }: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (volumeMounts.length === 0) return {}
  return {
    volumeMounts: volumeMounts.map(mount => {
      const fields = mount as { readOnly?: boolean }
      return fields.readOnly === true ? { ...fields, recursiveReadOnly: 'Disabled' } : fields
    }),
  }
}

/** What a created container has been given. */
export const resourcesOf = ({
  resources = {},
}: Container): Pick<ContainerStatus, 'resources' | 'allocatedResources'> => ({
  ...(resources.requests === undefined ? {} : { allocatedResources: resources.requests }),
  resources,
})

/**
 * Since which minor version of Kubernetes a kubelet does what the records show: it reports the generation of the pod that a status is about, names no container
 * in the events of its start, and reports the sandbox before the pulls and the resources of the pod (recorded from 1.34.2, 1.35.3 and 1.36.2).
 */
const since = { generation: 34, shortEvents: 35, sandboxFirst: 36 }

export function isSince({ status }: Node, what: keyof typeof since): boolean {
  const [, minor = ''] = (status.nodeInfo.kubeletVersion ?? '').split('.')
  return Number(minor) >= since[what]
}

const generationOf = ({ metadata }: Pod, node: Node): Pick<Pod['status'], 'observedGeneration'> =>
  isSince(node, 'generation') ? { observedGeneration: metadata.generation ?? 1 } : {}

/** The status of a pod that its kubelet rejects: it has no conditions (Kubernetes `pkg/kubelet/kubelet.go`, `rejectPod`). */
export function rejectPod(draft: Pod, node: Node, { reason, message }: { reason: string; message: string }): void {
  const rejection = { phase: 'Failed', reason, message: `Pod was rejected: ${message}`, startTime: kubernetesTime() }
  Object.assign(draft.status, { ...rejection, ...generationOf(draft, node) })
}

const waiting =
  (reason: string) =>
  (container: Container): ContainerStatus => ({
    name: container.name,
    image: container.image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
    lastState: {},
    ...mountsOf(container),
  })

let addresses = 0

/** The first status that a kubelet reports: the pod has no sandbox yet. */
export function startStatus(draft: Pod, node: Node): void {
  const { spec, status } = draft
  const hostIP = node.status.addresses[0]?.address ?? ''
  const inits = spec.initContainers ?? []
  const [first] = spec.containers
  Object.assign(status, {
    ...generationOf(draft, node),
    // Of a pod with several containers, the sum has not been recorded.
    ...(isSince(node, 'sandboxFirst') && first !== undefined ? resourcesOf(first) : {}),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    startTime: kubernetesTime(),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits.map(waiting('PodInitializing')) }),
    containerStatuses: spec.containers.map(waiting(inits.length === 0 ? 'ContainerCreating' : 'PodInitializing')),
  })
  addConditions(draft)
}

/** Reports the sandbox of a pod before its address. */
export function announceSandbox(draft: Pod): void {
  const condition = draft.status.conditions?.find(isOfSandbox)
  Object.assign(condition ?? {}, { status: 'True', lastTransitionTime: kubernetesTime() })
}

const isOfSandbox = ({ type }: Condition): boolean => type === 'PodReadyToStartContainers'

/** Gives the pod its sandbox, and thus an address. */
export function addSandbox(draft: Pod): void {
  addresses += 1
  const podIP = `10.244.${String(Math.floor(addresses / 250) % 250)}.${String(2 + (addresses % 250))}`
  Object.assign(draft.status, { podIP, podIPs: [{ ip: podIP }] })
  addConditions(draft)
}

/**
 * Kubernetes `pkg/kubelet/kubelet_pods.go`, `getPhase`.
 * @param isOver whether the kubelet has ended the pod, whatever its restart policy
 */
function phaseOf({ spec, status }: Pod, isOver: boolean): Pod['status']['phase'] {
  const inits = status.initContainerStatuses ?? []
  const containers = status.containerStatuses ?? []
  const hasFailed = ({ state }: ContainerStatus): boolean => (state.terminated?.exitCode ?? 0) !== 0
  if (spec.restartPolicy === 'Never' && inits.some(hasFailed)) return 'Failed'
  if (inits.some(({ state }) => state.terminated?.exitCode !== 0)) return 'Pending'
  // A container that waits after it has run once counts as stopped.
  const isWaiting = ({ state, lastState }: ContainerStatus): boolean =>
    state.waiting !== undefined && lastState.terminated === undefined
  if (containers.some(isWaiting)) return 'Pending'
  if (containers.some(({ state }) => state.running !== undefined)) return 'Running'
  if (spec.restartPolicy === 'Always' && !isOver) return 'Running'
  if (containers.every(({ state }) => state.terminated?.exitCode === 0)) return 'Succeeded'
  return spec.restartPolicy === 'Never' || isOver ? 'Failed' : 'Running'
}

const isTerminal = (phase: Pod['status']['phase']): boolean => phase === 'Succeeded' || phase === 'Failed'

/** Whether none of a pod's containers will run again. */
export const isFinished = (pod: Pod): boolean => isTerminal(phaseOf(pod, false))

/**
 * Derives phase and conditions from the containers' states. A pod whose containers have ended keeps its phase, and its
 * sandbox, until the kubelet has ended the pod (Kubernetes `pkg/kubelet/status/status_manager.go`,
 * `updateStatusInternal` and `mergePodStatus`); its conditions already say how it ended.
 * @param hasEnded whether the kubelet has ended the pod
 */
export function addConditions(draft: Pod, hasEnded = false): void {
  const { status } = draft
  if (status.reason !== undefined) return
  const inits = status.initContainerStatuses ?? []
  const containers = status.containerStatuses ?? []
  const isInitialized = inits.every(({ state }) => state.terminated?.exitCode === 0)
  const isReady = containers.every(({ ready }) => ready)
  const hasSandbox = status.podIP !== undefined || status.conditions?.find(isOfSandbox)?.status === 'True'
  const isOver = hasEnded || isTerminal(status.phase)
  const phase = phaseOf(draft, isOver)
  if (isOver || !isTerminal(phase)) status.phase = phase
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name)
  const reason = phase === 'Failed' ? 'PodFailed' : phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'
  const message =
    reason === 'ContainersNotReady' ? { message: `containers with unready status: [${unready.join(' ')}]` } : {}
  const set = (type: string, isTrue: boolean): Condition => {
    const value = isTrue ? 'True' : 'False'
    const before = status.conditions?.find(condition => condition.type === type)
    return {
      type,
      status: value,
      lastProbeTime: null,
      lastTransitionTime: before?.status === value ? before.lastTransitionTime : kubernetesTime(),
      ...(status.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
      ...(isTrue || type === 'PodReadyToStartContainers' ? {} : { reason, ...message }),
    }
  }
  status.conditions = [
    // The kubelet checks the sandbox each time (Kubernetes `pkg/kubelet/status/generate.go`).
    set('PodReadyToStartContainers', hasSandbox && !isOver),
    { ...set('Initialized', isInitialized), ...(phase === 'Succeeded' ? { reason } : {}) },
    set('Ready', isReady),
    set('ContainersReady', isReady),
    set('PodScheduled', true),
  ]
}

/**
 * The state of a container that hadn't started when its pod was ended (Kubernetes
 * `pkg/kubelet/status/status_manager.go`, `TerminatePod`).
 */
const neverFound = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
  startedAt: null,
  finishedAt: null,
}

/**
 * Marks a pod's running containers as stopped, and with that the pod as ended. A container's own program is taken to
 * end well when it is asked to stop; shells and other commands don't react as a container's first process and are
 * killed.
 */
export function stopContainers(draft: Pod): void {
  for (const status of draft.status.containerStatuses ?? []) {
    const { running } = status.state
    if (running === undefined) continue
    const { command = [] } = draft.spec.containers.find(({ name }) => name === status.name) ?? {}
    const end = command.length === 0 ? { exitCode: 0, reason: 'Completed' } : { exitCode: 137, reason: 'Error' }
    const { containerID = '' } = status
    const terminated = { ...end, startedAt: running.startedAt, finishedAt: kubernetesTime(), containerID }
    Object.assign(status, { ready: false, started: false, state: { terminated } })
  }
  addConditions(draft, true)
}

/** Ends a pod for a reason other than its containers; false if it had already ended. */
export function failPod(store: ObjectStore, pod: Pod, reason: string, message: string): boolean {
  const current = store.find('pods', pod.metadata.namespace, pod.metadata.name)
  if (current === undefined || current.status.phase === 'Failed' || current.status.phase === 'Succeeded') return false
  const failed = store.update<Pod>('pods', pod, draft => {
    for (const status of [...(draft.status.initContainerStatuses ?? []), ...(draft.status.containerStatuses ?? [])]) {
      const { running, terminated } = status.state
      if (terminated !== undefined) continue
      status.ready = false
      status.started = false
      if (running === undefined) {
        status.state = { terminated: { ...neverFound } }
        continue
      }
      status.state = {
        terminated: {
          exitCode: 137,
          reason: 'Error',
          startedAt: running.startedAt,
          finishedAt: kubernetesTime(),
          ...(status.containerID === undefined ? {} : { containerID: status.containerID }),
        },
      }
    }
    addConditions(draft)
    Object.assign(draft.status, { phase: 'Failed', reason, message })
  })
  return failed !== undefined
}
