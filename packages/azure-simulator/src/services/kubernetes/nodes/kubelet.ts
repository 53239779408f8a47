import type { Cluster } from '../../../world/clusters.js'
import type { ContainerStatus, Node, Pod } from '../../../world/kubernetes-objects.js'
import { createFaultPicker } from '../../../world/kubernetes-behaviour.js'
import type { World } from '../../../world/world.js'
import { recordEvent, type NewEvent } from '../objects/events.js'
import { findRefusal, noAddress, podEndings, sandboxProblem, type PodEnding } from './kubelet-checks.js'
import { createContainerRunner, type PodRun, type SetState } from './containers.js'
import { createImageManager } from './images.js'
import { cpuLimitOf, startDelay } from './start-delay.js'
import { createFirstSync, type FirstSync } from './first-sync.js'
import {
  addConditions,
  addSandbox,
  announceSandbox,
  failPod,
  isFinished,
  isSince,
  rejectPod,
  startStatus,
  statusOf,
  stopContainers,
} from './pod-status.js'
import { createPause } from './pauses.js'
import { createTurns } from './turns.js'

/** Runs the pods that are bound to ready nodes. */
export interface Kubelets {
  /** Starts a pod, unless it is already running. */
  run(pod: Pod, node: Node): void
  /** Stops and removes a pod that is marked for deletion. */
  stop(pod: Pod): void
  /** Forgets a deleted pod. */
  forget(pod: Pod): void
}

/** The kubelets of all nodes of a cluster. Behaviour and texts are those of `pkg/kubelet` in Kubernetes 1.33. */
export function createKubelets(world: World, cluster: Cluster, closing: AbortSignal): Kubelets {
  const { kubernetes } = cluster
  const { store } = kubernetes
  const ensureImage = createImageManager(world, cluster)
  const pickFault = createFaultPicker(kubernetes.podFaults)
  const running = new Map<string, AbortController>()

  const pause = createPause(closing)
  const now = (pod: Pod): Pod | undefined => store.find('pods', pod.metadata.namespace, pod.metadata.name)

  /** First syncs by pod. */
  const firstSyncs = new Map<string, FirstSync>()

  const setContainer = (pod: Pod, name: string, change: (status: ContainerStatus) => void): void => {
    firstSyncs.get(pod.metadata.uid ?? '')?.change(draft => {
      const status = statusOf(draft, name)
      if (status === undefined) return
      change(status)
      addConditions(draft)
    })
  }
  const setState: SetState = (pod, name, state, more = {}) => {
    setContainer(pod, name, status => {
      Object.assign(status, { ready: state.running !== undefined, started: state.running !== undefined, state }, more)
    })
  }

  const runContainer = createContainerRunner({ world, kubernetes, ensureImage, setState, pause })

  const runPod = async (pod: Pod, node: Node, signal: AbortSignal): Promise<void> => {
    const host = node.metadata.name
    const tell = (event: Omit<NewEvent, 'component' | 'host'>): void => {
      const current = now(pod)
      if (current === undefined || current.metadata.uid !== pod.metadata.uid) return
      recordEvent(store, current, { ...event, component: 'kubelet', host })
    }
    if (!(await pause(world.timing.podStartMs, signal))) return
    const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ image }) => image)
    const fault = pickFault(host, images)
    if (fault?.kind === 'silent' && (fault.afterMs === undefined || !(await pause(fault.afterMs, signal)))) return
    const refusal = findRefusal(pod, node, store.list('pods'))
    if (refusal !== undefined) {
      tell({ ...refusal, type: 'Warning' })
      store.update<Pod>('pods', pod, draft => {
        rejectPod(draft, node, refusal)
      })
      return
    }
    store.update<Pod>('pods', pod, draft => {
      startStatus(draft, node)
    })
    const end = (kind: PodEnding): void => {
      const { reason, message, event } = podEndings[kind]
      running.get(pod.metadata.uid ?? '')?.abort()
      if (failPod(store, pod, reason, message)) tell({ reason: event, message, type: 'Warning' })
    }
    const { activeDeadlineSeconds } = pod.spec
    if (activeDeadlineSeconds !== undefined) {
      void pause(activeDeadlineSeconds * 1000, signal).then(isOver => {
        if (isOver) end('deadline')
      })
    }
    /** What every sync begins with. */
    const sync = (): void => {
      for (const secret of ensureImage.missingSecrets(pod)) {
        tell({
          reason: 'FailedToRetrieveImagePullSecret',
          message: `Unable to retrieve some image pull secrets (${secret}); attempting to pull the image may not succeed.`,
          type: 'Warning',
        })
      }
    }
    sync()
    const problem = (): string | undefined => (fault?.kind === 'no-address' ? noAddress() : sandboxProblem(pod, node))
    if (problem() !== undefined) {
      await failSandbox(problem, tell, signal)
      return
    }
    const write = (change: (draft: Pod) => void): void => {
      store.update<Pod>('pods', pod, change)
    }
    if (isSince(node, 'sandboxFirst')) write(announceSandbox)
    if (fault?.kind === 'dies') return
    if (fault !== undefined && fault.kind !== 'silent' && fault.kind !== 'no-address') {
      const { kind, afterMs = 0 } = fault
      if (afterMs === 0) {
        end(kind)
        return
      }
      void pause(afterMs, signal).then(isOver => {
        if (isOver) end(kind)
      })
    }
    const uid = pod.metadata.uid ?? ''
    const { initContainers = [], containers } = pod.spec
    if (!(await pause(startDelay(world, cpuLimitOf(...initContainers, ...containers)), signal))) return
    const first = initContainers.length > 0 ? 1 : containers.length
    const { relistMs } = world.timing
    const nextSync = relistMs > 0 ? (): Promise<boolean> => pause(relistMs, signal) : undefined
    const firstSync = createFirstSync(first, write, nextSync)
    firstSyncs.set(uid, firstSync)
    firstSync.change(addSandbox)
    void firstSync.isOver.then(() => {
      const current = now(pod)
      if (current !== undefined && !isFinished(current)) sync()
    })
    const run = { pod, node, tell, sync, turns: createTurns(), firstSync, signal }
    for (const container of initContainers) {
      if (await runContainer(run, container, true)) continue
      await endPod(run)
      return
    }
    await Promise.all(containers.map(container => runContainer(run, container, false)))
    await endPod(run)
  }

  /** Reports the end of a pod whose containers have ended for good. */
  const endPod = async ({ pod, signal }: PodRun): Promise<void> => {
    const current = now(pod)
    if (current === undefined || !isFinished(current) || !(await pause(world.timing.podEndMs, signal))) return
    store.update<Pod>('pods', pod, draft => {
      addConditions(draft, true)
    })
  }

  /** A pod that gets no sandbox: the kubelet keeps retrying, and the containers stay in creation. */
  const failSandbox = async (
    problem: () => string | undefined,
    tell: (event: Omit<NewEvent, 'component' | 'host'>) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    do {
      tell({
        reason: 'FailedCreatePodSandBox',
        message: `Failed to create pod sandbox: ${problem() ?? ''}`,
        type: 'Warning',
      })
    } while (await pause(world.timing.kubeletBackoffMs, signal))
  }

  return {
    run(pod, node) {
      const uid = pod.metadata.uid ?? ''
      if (running.has(uid)) return
      const controller = new AbortController()
      running.set(uid, controller)
      void runPod(pod, node, controller.signal)
    },
    stop(pod) {
      running.get(pod.metadata.uid ?? '')?.abort()
      store.update<Pod>('pods', pod, draft => {
        if (draft.status.observedGeneration === undefined || isFinished(draft)) return
        draft.status.observedGeneration = draft.metadata.generation ?? 1
        addConditions(draft)
      })
      const isRunning = pod.status.containerStatuses?.filter(({ state }) => state.running !== undefined) ?? []
      for (const { name } of isRunning) {
        const fieldPath = `spec.containers{${name}}`
        const host = pod.spec.nodeName ?? ''
        recordEvent(store, pod, {
          reason: 'Killing',
          message: `Stopping container ${name}`,
          component: 'kubelet',
          host,
          fieldPath,
        })
      }
      if (isRunning.length > 0) store.update<Pod>('pods', pod, stopContainers)
      // Whoever has set a finalizer keeps the object until it has done its work.
      if ((pod.metadata.finalizers ?? []).length === 0) store.remove('pods', pod)
    },
    forget(pod) {
      const uid = pod.metadata.uid ?? ''
      running.get(uid)?.abort()
      running.delete(uid)
      firstSyncs.delete(uid)
    },
  }
}
