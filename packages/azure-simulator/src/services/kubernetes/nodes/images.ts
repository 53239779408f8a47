// Pulls images like a kubelet: by pull policy, with pauses after failures.
import type { Cluster } from '../../../world/clusters.js'
import type { Container, Node, Pod } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import { isReference } from '../objects/references.js'
import { createImageList } from './image-list.js'
import { createPuller, type PulledImage } from './pull.js'
import { PullError } from './pull-messages.js'
import type { Turns } from './turns.js'

/** A container's request for its image. */
interface ImageRequest {
  readonly pod: Pod
  readonly node: Node
  readonly container: Container
  readonly say: (reason: string, message: string, type?: 'Normal' | 'Warning') => void
  /** Sets the container's waiting reason. */
  readonly wait: (reason: string, message: string) => void
  readonly turns: Turns
  /** Resolves when the kubelet syncs the pod again for the first time. */
  readonly nextSync: () => Promise<void>
  /** Syncs the pod once more. */
  readonly sync: () => void
  /** False if the pod was stopped in the meantime. */
  readonly pause: (milliseconds: number) => Promise<boolean>
}

/** Pulls by the policy, with retries; undefined if the pod ends first or can't have the image. */
export interface ImageManager {
  (request: ImageRequest): Promise<PulledImage | undefined>
  /** Names of a pod's pull secrets that don't exist in its namespace. */
  missingSecrets(pod: Pod): string[]
}

/** A kubelet's next pause after another failure (Kubernetes `pkg/kubelet/kubelet.go`). */
export const nextBackoff = (world: World, milliseconds: number): number =>
  Math.min(milliseconds * 2, world.timing.kubeletBackoffMs * 30)

/** The images of a cluster's nodes (Kubernetes `pkg/kubelet/images/image_manager.go`). */
export function createImageManager(world: World, cluster: Cluster): ImageManager {
  const puller = createPuller(world, cluster)
  const listImage = createImageList(cluster.kubernetes)
  /** Images on each node, by node and name. */
  const present = new Map<string, PulledImage>()

  /** Tries once; a dial that nobody answers fails late. Undefined if the pod ends first. */
  const pullOnce = async (
    node: Node,
    image: string,
    pod: Pod,
    pause: ImageRequest['pause'],
  ): Promise<PulledImage | PullError | undefined> => {
    if (!(await pause(world.timing.pullMs))) return undefined
    try {
      return puller.pull(node, image, pod)
    } catch (error) {
      if (!(error instanceof PullError)) throw error
      return error.silentMs === 0 || (await pause(error.silentMs)) ? error : undefined
    }
  }

  const ensure = async ({
    pod,
    node,
    container: { image, imagePullPolicy },
    say,
    wait,
    turns,
    nextSync,
    sync,
    pause,
  }: ImageRequest): Promise<PulledImage | undefined> => {
    if (!isReference(image)) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
      say('InspectFailed', message, 'Warning')
      say('Failed', 'Error: InvalidImageName', 'Warning')
      wait('InvalidImageName', message)
      return undefined
    }
    const key = `${node.metadata.name} ${image}`
    const there = present.get(key)
    if (imagePullPolicy !== 'Always' && there !== undefined) {
      say('Pulled', `Container image "${image}" already present on machine`)
      return there
    }
    if (imagePullPolicy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`
      say('ErrImageNeverPull', message, 'Warning')
      say('Failed', 'Error: ErrImageNeverPull', 'Warning')
      wait('ErrImageNeverPull', message)
      return undefined
    }
    const syncMs = world.timing.kubeletBackoffMs
    for (let backoffMs = syncMs; ; backoffMs = nextBackoff(world, backoffMs)) {
      const endTurn = await turns.take()
      // The kubelet has its credentials before it begins to pull.
      const providerMs = puller.providerMs(node, image, pod)
      if (providerMs > 0 && !(await pause(providerMs))) return undefined
      say('Pulling', `Pulling image "${image}"`)
      const began = performance.now()
      const pulled = await pullOnce(node, image, pod, pause)
      endTurn()
      if (pulled === undefined) return undefined
      if (pulled instanceof PullError) {
        const { message } = pulled
        say('Failed', `Failed to pull image "${image}": ${message}`, 'Warning')
        say('Failed', 'Error: ErrImagePull', 'Warning')
        wait('ErrImagePull', message)
        // The kubelet syncs the pod again at once and finds that it is backing off; the sync after that writes so.
        await nextSync()
        if (!(await pause(0))) return undefined
        const backingOff = `Back-off pulling image "${image}"`
        say('BackOff', backingOff)
        say('Failed', 'Error: ImagePullBackOff', 'Warning')
        if (!(await pause(syncMs))) return undefined
        sync()
        // Since 1.32 the waiting message ends with the error (kubernetes/kubernetes
        // pkg/kubelet/images/image_manager.go).
        wait('ImagePullBackOff', `${backingOff}: ErrImagePull: ${message}`)
        if (!(await pause(backoffMs - syncMs))) return undefined
        continue
      }
      present.set(key, pulled)
      listImage(node, image, pulled)
      const took = `${String(Math.round(performance.now() - began))}ms`
      say(
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${String(pulled.sizeBytes)} bytes.`,
      )
      return pulled
    }
  }
  return Object.assign(ensure, { missingSecrets: (pod: Pod) => puller.missingSecrets(pod) })
}
