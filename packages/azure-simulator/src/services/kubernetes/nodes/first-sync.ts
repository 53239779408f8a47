import type { Pod } from '../../../world/kubernetes-objects.js'

/** A kubelet's first sync of a pod: its sandbox, then pull and start of each container in turn. */
export interface FirstSync {
  /** Changes the pod's status, or notes the change until the sync has ended. */
  change(change: StatusChange): void
  /** Marks a container as tried, whether or not it started; the last one ends the sync. */
  end(container: string): void
  /** Resolves when the sync has ended and its changes are written. */
  readonly isOver: Promise<void>
}

type StatusChange = (draft: Pod) => void

/**
 * Up to Kubernetes 1.35, a kubelet writes no status during the first sync of a pod, pulls included, but all of it when
 * the next sync starts (recorded from 1.34.2; kubernetes/kubernetes pull request 134660 changes it in 1.36).
 * @param containers number of containers to start
 * @param nextSync waits until the next sync starts; false if the pod was stopped in the meantime. Without it, that is at once
 */
export function createFirstSync(
  containers: number,
  write: (change: StatusChange) => void,
  nextSync?: () => Promise<boolean>,
): FirstSync {
  const tried = new Set<string>()
  const noted: StatusChange[] = []
  let hasEnded = false
  let isWritten = false
  let resolve = (): void => undefined
  const isOver = new Promise<void>(done => {
    resolve = done
  })
  const writeAll = (): void => {
    isWritten = true
    write(draft => {
      for (const change of noted) change(draft)
    })
    resolve()
  }
  return {
    isOver,
    change(change) {
      if (isWritten) write(change)
      else noted.push(change)
    },
    end(container) {
      tried.add(container)
      if (hasEnded || tried.size < containers) return
      hasEnded = true
      if (nextSync === undefined) writeAll()
      else
        void nextSync().then(isNext => {
          if (isNext) writeAll()
        })
    },
  }
}
