import type { Cluster, Pod } from 'azure-simulator'

/** Changes each new pod of a cluster before its kubelet sees it, like mutating webhooks and eviction. @returns a function that stops it */
export function changePods({ kubernetes: { store } }: Cluster, change: (pod: Pod, count: number) => void): () => void {
  let count = 0
  return store.onChange(({ type, resource, object }) => {
    if (type !== 'ADDED' || resource !== 'pods') return
    count += 1
    const position = count
    store.update<Pod>('pods', object as Pod, draft => {
      change(draft, position)
    })
  })
}

/** Ends a pod as `TerminatePod` of the kubelet does (pkg/kubelet/status/status_manager.go): containers that never started have no image. */
export function endPod(pod: Pod, reason: string, message: string): void {
  Object.assign(pod.status, {
    phase: 'Failed',
    reason,
    message,
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      lastState: {},
      state: {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was terminated',
          startedAt: null,
          finishedAt: null,
        },
      },
    })),
  })
}
