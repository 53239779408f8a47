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

const waiting =
  (reason: string) =>
  ({ name, image }: Container): ContainerStatus => ({
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
    lastState: {},
  })

let addresses = 0

/** The first status that a kubelet reports: the pod has no sandbox yet. */
export function startStatus(draft: Pod, node: Node): void {
  const { spec, status } = draft
  const hostIP = node.status.addresses[0]?.address ?? ''
  const inits = spec.initContainers ?? []
  Object.assign(status, {
    hostIP,
    hostIPs: [{ ip: hostIP }],
    startTime: kubernetesTime(),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits.map(waiting('PodInitializing')) }),
    containerStatuses: spec.containers.map(waiting(inits.length === 0 ? 'ContainerCreating' : 'PodInitializing')),
  })
  addConditions(draft)
}

/** Gives the pod its sandbox, and thus an address. */
export function addSandbox(draft: Pod): void {
  addresses += 1
  const podIP = `10.244.${String(Math.floor(addresses / 250) % 250)}.${String(2 + (addresses % 250))}`
  Object.assign(draft.status, { podIP, podIPs: [{ ip: podIP }] })
  addConditions(draft)
}

/** Kubernetes `pkg/kubelet/kubelet_pods.go`, `getPhase`. */
function phaseOf({ spec, status }: Pod): Pod['status']['phase'] {
  const inits = status.initContainerStatuses ?? []
  const containers = status.containerStatuses ?? []
  const hasFailed = ({ state }: ContainerStatus): boolean => (state.terminated?.exitCode ?? 0) !== 0
  if (spec.restartPolicy === 'Never' && inits.some(hasFailed)) return 'Failed'
  if (inits.some(({ state }) => state.terminated?.exitCode !== 0)) return 'Pending'
  // A container that waits after it has run once counts as stopped.
  const isWaiting = ({ state, lastState }: ContainerStatus): boolean =>
    state.waiting !== undefined && lastState.terminated === undefined
  if (containers.some(isWaiting)) return 'Pending'
  if (containers.some(({ state }) => state.running !== undefined) || spec.restartPolicy === 'Always') return 'Running'
  if (containers.every(({ state }) => state.terminated?.exitCode === 0)) return 'Succeeded'
  return spec.restartPolicy === 'Never' ? 'Failed' : 'Running'
}

/** Derives phase and conditions from the containers' states. */
export function addConditions(draft: Pod): void {
  const { status } = draft
  if (status.reason !== undefined) return
  const inits = status.initContainerStatuses ?? []
  const containers = status.containerStatuses ?? []
  const isInitialized = inits.every(({ state }) => state.terminated?.exitCode === 0)
  const isReady = containers.every(({ ready }) => ready)
  const hasSandbox = status.podIP !== undefined
  status.phase = phaseOf(draft)
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name)
  const reason =
    status.phase === 'Failed' ? 'PodFailed' : status.phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'
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
      ...(isTrue || type === 'PodReadyToStartContainers' ? {} : { reason, ...message }),
    }
  }
  status.conditions = [
    // The kubelet checks the sandbox each time (Kubernetes `pkg/kubelet/status/generate.go`).
    set('PodReadyToStartContainers', hasSandbox && (status.phase === 'Pending' || status.phase === 'Running')),
    set('Initialized', isInitialized),
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
