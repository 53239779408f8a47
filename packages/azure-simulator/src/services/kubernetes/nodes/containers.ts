// Runs the containers of pods: pull, start, end, and start again.
import { createHash } from 'node:crypto'
import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Container, ContainerState, ContainerStatus, Node, Pod } from '../../../world/kubernetes-objects.js'
import { kubernetesTime } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import type { NewEvent } from '../objects/events.js'
import type { FirstSync } from './first-sync.js'
import { nextBackoff, type ImageManager } from './images.js'
import { configProblem } from './kubelet-checks.js'
import type { Pause } from './pauses.js'
import { isSince, resourcesOf } from './pod-status.js'
import { keepLog, startProgram } from './programs.js'
import { cpuLimitOf, startDelay } from './start-delay.js'
import type { Turns } from './turns.js'

/** A pod that a kubelet runs. */
export interface PodRun {
  readonly pod: Pod
  readonly node: Node
  readonly tell: (event: Omit<NewEvent, 'component' | 'host'>) => void
  /** Says what every sync of the pod begins with. */
  readonly sync: () => void
  readonly turns: Turns
  readonly firstSync: FirstSync
  readonly signal: AbortSignal
}

/** Writes a container's state into its pod's status. */
export type SetState = (pod: Pod, container: string, state: ContainerState, more?: Partial<ContainerStatus>) => void

interface Parts {
  readonly world: World
  readonly kubernetes: Kubernetes
  readonly ensureImage: ImageManager
  readonly setState: SetState
  readonly pause: Pause
}

/** Runs a container until it ends for good; true if it succeeded. Ends the pod's first sync after its first try. */
type ContainerRunner = (run: PodRun, container: Container, isInit: boolean) => Promise<boolean>

export function createContainerRunner({ world, kubernetes, ensureImage, setState, pause }: Parts): ContainerRunner {
  return async (
    { pod, node, tell, sync, turns, firstSync, signal }: PodRun,
    container: Container,
    isInit: boolean,
  ): Promise<boolean> => {
    const { name } = container
    const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${name}}`
    const say = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal'): void => {
      tell({ reason, message, type, fieldPath })
    }
    const { restartPolicy = 'Always' } = pod.spec
    const endTry = (): void => {
      firstSync.end(name)
    }
    let backoffMs = world.timing.kubeletBackoffMs
    for (let restarts = 0; ; restarts += 1) {
      const image = await ensureImage({
        ...{ pod, node, container, say, turns },
        wait: (reason, message) => {
          setState(pod, name, { waiting: { reason, message } })
          endTry()
        },
        nextSync: () => firstSync.isOver,
        sync,
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
      say('Created', isSince(node, 'shortEvents') ? 'Container created' : `Created container: ${name}`)
      if (!(await pause(startDelay(world, cpuLimitOf(container)), signal))) return false
      const containerID = `containerd://${createHash('sha256')
        .update(`${pod.metadata.uid ?? ''} ${name} ${String(restarts)}`)
        .digest('hex')}`
      const identity = {
        ...{ image: image.name, imageID: image.id, containerID, restartCount: restarts },
        ...resourcesOf(container),
      }
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
        say('Started', isSince(node, 'shortEvents') ? 'Container started' : `Started container ${name}`)
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
}
