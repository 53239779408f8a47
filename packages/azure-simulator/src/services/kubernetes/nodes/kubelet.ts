import { createHash } from 'node:crypto'
import type { Cluster } from '../../../world/clusters.js'
import type { Container, ContainerState, ContainerStatus, Node, Pod } from '../../../world/kubernetes-objects.js'
import { kubernetesTime } from '../../../world/kubernetes-objects.js'
import { createFaultPicker } from '../../../world/kubernetes-behaviour.js'
import type { World } from '../../../world/world.js'
import { recordEvent, type NewEvent } from '../objects/events.js'
import { configProblem, findRefusal, podEndings, sandboxFailure, type PodEnding } from './kubelet-checks.js'
import { createImageManager, nextBackoff } from './images.js'
import { cpuLimitOf, startDelay } from './start-delay.js'
import { createFirstSync, type FirstSync } from './first-sync.js'
import { addConditions, addSandbox, failPod, startStatus, statusOf } from './pod-status.js'
import { keepLog, startProgram } from './programs.js'
import { createTurns, type Turns } from './turns.js'

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

  /** Waits; false if the pod was stopped in the meantime. */
  const pause = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
    new Promise(resolve => {
      if (signal.aborted || closing.aborted) {
        resolve(false)
        return
      }
      const timer = setTimeout(() => {
        finish(true)
      }, milliseconds)
      timer.unref()
      const stop = (): void => {
        finish(false)
      }
      const finish = (isOver: boolean): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        closing.removeEventListener('abort', stop)
        resolve(isOver)
      }
      signal.addEventListener('abort', stop)
      closing.addEventListener('abort', stop)
    })

  const now = (pod: Pod): Pod | undefined => store.find('pods', pod.metadata.namespace, pod.metadata.name)

  /** Unfinished first syncs by pod; until they end, the states of the containers aren't written. */
  const firstSyncs = new Map<string, FirstSync>()

  const setContainer = (pod: Pod, name: string, change: (status: ContainerStatus) => void): void => {
    const write = (): void => {
      store.update<Pod>('pods', pod, draft => {
        const status = statusOf(draft, name)
        if (status === undefined) return
        change(status)
        addConditions(draft)
      })
    }
    const sync = firstSyncs.get(pod.metadata.uid ?? '')
    if (sync === undefined) write()
    else sync.hold(write)
  }
  const setState = (pod: Pod, name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): void => {
    setContainer(pod, name, status => {
      Object.assign(status, { ready: state.running !== undefined, started: state.running !== undefined, state }, more)
    })
  }

  const runPod = async (pod: Pod, node: Node, signal: AbortSignal): Promise<void> => {
    const host = node.metadata.name
    const tell = (event: Omit<NewEvent, 'component' | 'host'>): void => {
      const current = now(pod)
      if (current === undefined || current.metadata.uid !== pod.metadata.uid) return
      recordEvent(store, current, { ...event, component: 'kubelet', host })
    }
    if (!(await pause(world.timing.podStartMs, signal))) return
    const fault = pickFault(
      host,
      [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ image }) => image),
    )
    if (fault?.kind === 'silent') return
    const refusal = findRefusal(pod, node, store.list('pods'))
    if (refusal !== undefined) {
      tell({ ...refusal, type: 'Warning' })
      failPod(store, pod, refusal.reason, `Pod was rejected: ${refusal.message}`)
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
    for (const secret of ensureImage.missingSecrets(pod)) {
      tell({
        reason: 'FailedToRetrieveImagePullSecret',
        message: `Unable to retrieve some image pull secrets (${secret}); attempting to pull the image may not succeed.`,
        type: 'Warning',
      })
    }
    if (fault?.kind === 'no-address') {
      await failSandbox(tell, signal)
      return
    }
    if (fault !== undefined) {
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
    const showSandbox = (): void => {
      store.update<Pod>('pods', pod, addSandbox)
    }
    if (!(await pause(startDelay(world, cpuLimitOf(...initContainers, ...containers)), signal))) return
    if (kubernetes.writesStatusWhilePulling) showSandbox()
    else {
      const atOnce = initContainers.length > 0 ? 1 : containers.length
      const show = (): void => {
        firstSyncs.delete(uid)
        showSandbox()
      }
      firstSyncs.set(uid, createFirstSync(atOnce, show))
    }
    const turns = createTurns()
    for (const container of initContainers) {
      if (!(await runContainer(pod, node, container, true, tell, turns, signal))) return
    }
    await Promise.all(containers.map(container => runContainer(pod, node, container, false, tell, turns, signal)))
  }

  /** A pod that gets no address: the kubelet keeps retrying, and the containers stay in creation. */
  const failSandbox = async (
    tell: (event: Omit<NewEvent, 'component' | 'host'>) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    do {
      tell({ reason: 'FailedCreatePodSandBox', message: sandboxFailure(), type: 'Warning' })
    } while (await pause(world.timing.kubeletBackoffMs, signal))
  }

  /** Runs a container until it ends for good; true if it succeeded. Ends the pod's first sync after its first try. */
  const runContainer = async (
    pod: Pod,
    node: Node,
    container: Container,
    isInit: boolean,
    tell: (event: Omit<NewEvent, 'component' | 'host'>) => void,
    turns: Turns,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { name } = container
    const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${name}}`
    const say = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal'): void => {
      tell({ reason, message, type, fieldPath })
    }
    const { restartPolicy = 'Always' } = pod.spec
    const endTry = (): void => firstSyncs.get(pod.metadata.uid ?? '')?.end(name)
    let backoffMs = world.timing.kubeletBackoffMs
    for (let restarts = 0; ; restarts += 1) {
      const image = await ensureImage({
        ...{ pod, node, container, say, turns },
        wait: (reason, message) => {
          setState(pod, name, { waiting: { reason, message } })
          endTry()
        },
        pause: milliseconds => pause(milliseconds, signal),
      })
      if (image === undefined) return false
      const problem = configProblem(pod, container, image)
      if (problem !== undefined) {
        say('Failed', `Error: ${problem}`, 'Warning')
        setState(pod, name, { waiting: { reason: 'CreateContainerConfigError', message: problem } })
        endTry()
        return false
      }
      say('Created', `Created container: ${name}`)
      if (!(await pause(startDelay(world, cpuLimitOf(container)), signal))) return false
      const containerID = `containerd://${createHash('sha256')
        .update(`${pod.metadata.uid ?? ''} ${name} ${String(restarts)}`)
        .digest('hex')}`
      const identity = { image: container.image, imageID: image.id, containerID, restartCount: restarts }
      const start = startProgram(kubernetes, pod, container)
      const startedAt = kubernetesTime()
      let terminated: NonNullable<ContainerState['terminated']>
      if (start.kind === 'failed') {
        const { message } = start
        say('Failed', `Error: ${message}`, 'Warning')
        const never = '1970-01-01T00:00:00Z'
        terminated = {
          exitCode: 128,
          reason: 'StartError',
          message,
          startedAt: never,
          finishedAt: startedAt,
          containerID,
        }
      } else {
        say('Started', `Started container ${name}`)
        keepLog(kubernetes, pod, name, start.log)
        setState(pod, name, { running: { startedAt } }, identity)
        endTry()
        const { exitCode } = start
        // A program without an end only stops with its pod.
        if (!(await pause(exitCode === undefined ? 2 ** 31 - 1 : start.afterMs, signal)) || exitCode === undefined)
          return false
        const reason = exitCode === 0 ? 'Completed' : 'Error'
        terminated = { exitCode, reason, startedAt, finishedAt: kubernetesTime(), containerID }
      }
      const hasFailed = terminated.exitCode !== 0
      const isRestarted = hasFailed ? restartPolicy !== 'Never' : restartPolicy === 'Always' && !isInit
      if (!isRestarted) {
        setState(pod, name, { terminated }, identity)
        endTry()
        return !hasFailed
      }
      const crashed = `back-off ${String(backoffMs / 1000)}s restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`
      say(
        'BackOff',
        `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`,
        'Warning',
      )
      const waiting =
        start.kind === 'failed' && restarts === 0
          ? { reason: 'RunContainerError', message: start.message }
          : { reason: 'CrashLoopBackOff', message: crashed }
      setState(pod, name, { waiting }, { ...identity, lastState: { terminated } })
      endTry()
      if (!(await pause(backoffMs, signal))) return false
      backoffMs = nextBackoff(world, backoffMs)
    }
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
      store.remove('pods', pod)
    },
    forget(pod) {
      const uid = pod.metadata.uid ?? ''
      running.get(uid)?.abort()
      running.delete(uid)
      firstSyncs.delete(uid)
    },
  }
}
