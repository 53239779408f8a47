import type { PodEvent, ProbeContainer, ProbePod } from './cluster-text.js'
import { containerPrefix, placeholderSecret, programOf, type ProbedImage } from './probe-pod.js'
import { isKnown, judgeMessage, shorten, type Verdict } from './verdict.js'

/** States of a container whose image is not there yet, without a failure. */
export const pendingReasons = ['', 'ContainerCreating', 'PodInitializing']

/** States after a failed pull (kubelet `pkg/kubelet/images/types.go`). All other states come after a successful one. */
export const pullFailures = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]

/**
 * Judges the pull of one image. Only an image ID means that it was pulled: a pod that was evicted, shut down or exceeded its deadline has
 * terminated containers that never had an image (kubelet `status_manager.go`, `TerminatePod`). Until it is there, an event shows that it was pulled.
 * @param pod undefined if it is gone
 * @param node the name of the node that it was created for
 */
export function judgePull(
  pod: ProbePod | undefined,
  image: ProbedImage,
  node: string,
  all: readonly PodEvent[] = [],
): Verdict {
  if (!pod)
    return { verdict: 'failed', cause: 'gone', message: 'the pod was deleted by someone else, or its node is gone' }
  const container = pod.containers.find(({ name }) => name === image.container)
  if (!container) return { verdict: 'changed', message: 'its container was removed' }
  const change = findChange(pod, container, image, node)
  if (change) return { verdict: 'changed', message: change }
  const pulled: Verdict = { verdict: 'pulled', message: '' }
  if (foreignSecrets(pod).length > 0) pulled.mayBeBySecret = true
  if (container.imageId !== '') return pulled
  // That an image was pulled explains nothing about the others.
  const events = all.filter(({ reason }) => reason !== 'Pulled')
  const ended = judgeStatus(pod, container, image, events)
  if (ended) return ended
  // While other images of the pod are pulled, and for up to a second then, only events show how this pull ended. An init container can have the same image.
  if (pod.initContainers.length === 0 && findPulled(container.image, all)) return { ...pulled, doing: 'starting' }
  const failure = findFailure(image, events)
  if (failure) return judgeMessage(failure.message)
  return pod.initContainers.length === 0
    ? judgePending(pod, container, events)
    : judgeBehindOthers(pod, container, events)
}

/** The verdict by the status of a pod that has no image and gets none; undefined while it may still get it. */
function judgeStatus(
  pod: ProbePod,
  container: ProbeContainer,
  image: ProbedImage,
  events: readonly PodEvent[],
): Verdict | undefined {
  const { reason, state } = container
  if (pullFailures.includes(reason)) return judgeFailure(container, image, events)
  if (pod.phase === 'Failed') return judgeEnded(pod)
  // From Kubernetes 1.35 on, kubelets note each pull before it begins; if they can't, the reason is the whole error (recorded from a real node).
  if (reason.includes(' ')) return judgeMessage(reason)
  if (state === 'waiting' && !pendingReasons.includes(reason))
    return { verdict: 'failed', message: shorten(`${reason}: ${container.message}`) }
  return undefined
}

/** What a pull that has not ended waits for. */
function judgePending(pod: ProbePod, container: ProbeContainer, events: readonly PodEvent[]): Verdict {
  const doing = findDoing(pod, container, events)
  const reported =
    findNetwork(events) ?? events.findLast(({ reason, message }) => reason !== pulling && !aboutPull.test(message))
  // What was before the pull does not explain it.
  const message = doing === 'pulling' ? '' : shorten(reported?.message ?? '')
  return underWay(doing, message, findPulling(container, events)?.seenAt)
}

/** The same if the cluster runs containers of its own before the pull: one of them may be what pulls, or what keeps it from beginning. */
function judgeBehindOthers(pod: ProbePod, container: ProbeContainer, events: readonly PodEvent[]): Verdict {
  const found = findDoing(pod, container, events)
  // It is of another image: the failures of ours have been found before.
  const foreign = events.findLast(({ message }) => message.startsWith(failedPull))
  const isHeld = found === 'held' || found === 'starting'
  const others = `the cluster runs ${pod.initContainers.join(', ')} before the pull`
  if (isHeld && foreign) return underWay('stuck', joinTexts(others, findNetwork(events) ?? foreign), foreign.seenAt)
  const since = findPulling(container, events)?.seenAt
  if (found === 'pulling') return underWay(found, others, since)
  const reported = findNetwork(events) ?? foreign ?? events.findLast(({ reason }) => reason !== pulling)
  return underWay(isHeld ? 'held' : found, joinTexts(others, reported), since)
}

function underWay(doing: NonNullable<Verdict['doing']>, message: string, since: number | undefined): Verdict {
  return { verdict: undefined, doing, message, ...(since !== undefined && { since }) }
}

function joinTexts(others: string, reported: PodEvent | undefined): string {
  return [others, shorten(reported?.message ?? '')].filter(Boolean).join(': ')
}

/** The last event that a pod got no network. */
function findNetwork(events: readonly PodEvent[]): PodEvent | undefined {
  return events.findLast(({ reason }) => reason === 'FailedCreatePodSandBox')
}

/** The reason of the event that a kubelet records when it begins to pull. */
export const pulling = 'Pulling'

const failedPull = 'Failed to pull image '

/** The events about the pull of one image (kubelet `pkg/kubelet/images/image_manager.go`), which say nothing about the others of the pod. */
const aboutPull = /^(Pulling image|Failed to pull image|Back-off pulling image|Error: (ErrImagePull|ImagePullBackOff)$)/

/**
 * What a node does with a pod whose image is not there. Kubelets up to Kubernetes 1.35 write no status while they sync a pod for the first time,
 * the pull included: meanwhile the container is being created, the pod shows no sandbox, and the only sign is the event `Pulling`
 * (recorded from 1.34.2; kubernetes/kubernetes pull request 134660 changes it in 1.36).
 */
function findDoing(pod: ProbePod, container: ProbeContainer, events: readonly PodEvent[]) {
  const { state } = container
  if (findPulling(container, events)) return 'pulling'
  // The images of a pod are pulled one after the other (Kubernetes `kuberuntime_manager.go`, `SyncPod`). One that the cluster runs first holds ours.
  const ours = pod.containers.filter(({ name }) => name.startsWith(containerPrefix))
  if (ours.some(each => findPulling(each, events))) return 'starting'
  if (events.some(({ reason }) => reason === pulling)) return 'held'
  if (state !== '' && pod.hasSandbox) return 'starting'
  if (state === '' || findNetwork(events)) return 'silent'
  // The node has accepted the pod, and is creating its sandbox or getting its credential.
  return 'quiet'
}

/** The event that an image has been pulled. */
export function findPulled(image: string, events: readonly PodEvent[]): PodEvent | undefined {
  return events.find(({ message }) => message.startsWith(`Successfully pulled image "${image}"`))
}

/** The event that a container's image is being pulled. */
function findPulling({ image }: ProbeContainer, events: readonly PodEvent[]): PodEvent | undefined {
  return events.find(({ reason, message }) => reason === pulling && message.includes(`"${image}"`))
}

/** A change to the pod on admission that makes its pull prove nothing; empty if the pod is unchanged. */
function findChange(pod: ProbePod, container: ProbeContainer, image: ProbedImage, node: string): string {
  // The scheduler then chose one, or has not yet.
  if (pod.node !== node) return pod.node ? `its node was set to ${pod.node}` : 'its node was removed'
  const others = foreignSecrets(pod)
  // A pod that runs as a service account gets the account's pull secrets on admission, as the workload's pods do.
  if (others.length > 0 && !image.account)
    return `it was given the pull ${others.length === 1 ? 'secret' : 'secrets'} ${others.join(', ')}`
  // A policy that pins tags to digests leaves the image what it is.
  const isSame = container.image === image.reference || container.image.startsWith(`${image.reference}@sha256:`)
  if (!isSame) return `its image ${image.reference} was replaced by ${container.image}`
  if (container.pullPolicy !== 'Always') return `its imagePullPolicy was set to ${container.pullPolicy}`
  if (!isOnly(container.command, programOf(pod.run)))
    return container.command.length > 0
      ? `its command was set to ${shorten(container.command.join(' ')).slice(0, maxCommand)}`
      : 'its command was removed'
  // No image has the program, but something else may start in its place, such as what a runtime class names.
  return container.hasRun ? `it ran, although no image has the program ${programOf(pod.run)}` : ''
}

/** Maximum length of a command in a message, in characters. */
const maxCommand = 100

function isOnly(words: readonly string[], word: string): boolean {
  return words.length === 1 && words[0] === word
}

/** The pull secrets of a pod, without the action's own placeholder. */
function foreignSecrets({ run, pullSecrets }: ProbePod): string[] {
  return pullSecrets.filter(name => name !== placeholderSecret(run))
}

function judgeFailure(
  { reason, message: said }: ProbeContainer,
  image: ProbedImage,
  events: readonly PodEvent[],
): Verdict {
  // Kubelets before Kubernetes 1.32 give no reason in a back-off message; the events do.
  const judged = judgeMessage(isKnown(said) ? said : (findFailure(image, events)?.message ?? said))
  const { message } = judged
  if (reason === 'SignatureValidationFailed') return { verdict: 'refused', message }
  if (reason === 'InvalidImageName') return { verdict: 'not-found', message }
  return judged
}

/** The verdict on a pod that the kubelet rejected, or ended before the image was there. */
function judgeEnded({ reason, message }: ProbePod): Verdict {
  // The pod's active deadline passed during the pull.
  if (reason === 'DeadlineExceeded') return { verdict: 'slow', message: shorten(message) }
  // The node has the label by which the pod itself selects nodes.
  if (reason === 'NodeAffinity')
    return {
      verdict: 'changed',
      message: `its node selector or affinity was changed, and now excludes its node (${shorten(message)})`,
    }
  return { verdict: 'unschedulable', message: shorten([reason, message].filter(Boolean).join(': ')) }
}

/** The last event that the pull of an image failed. */
function findFailure({ reference }: ProbedImage, events: readonly PodEvent[]): PodEvent | undefined {
  const starts = [`"${reference}"`, `"${reference}@`].map(name => `Failed to pull image ${name}`)
  return events.findLast(({ message }) => starts.some(start => message.startsWith(start)))
}
