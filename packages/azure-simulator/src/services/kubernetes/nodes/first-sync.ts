/** A kubelet's first sync of a pod: its sandbox, then pull and start of each container in turn. */
export interface FirstSync {
  /** Delays a status change until the sync has ended. */
  hold(write: () => void): void
  /** Marks a container as tried, whether or not it started; the last one ends the sync. */
  end(container: string): void
}

/**
 * Up to Kubernetes 1.35, a kubelet writes no status during the first sync of a pod, pulls included, but when the next
 * sync starts (recorded from 1.34.2; kubernetes/kubernetes pull request 134660 changes it in 1.36).
 * @param containers number of containers to start
 * @param onEnd called before the delayed changes are written
 */
export function createFirstSync(containers: number, onEnd: () => void): FirstSync {
  const tried = new Set<string>()
  const held: (() => void)[] = []
  let isOver = false
  return {
    hold(write) {
      if (isOver) write()
      else held.push(write)
    },
    end(container) {
      tried.add(container)
      if (isOver || tried.size < containers) return
      isOver = true
      onEnd()
      for (const write of held) write()
    },
  }
}
