/** The first sync of a pod by its kubelet: sandbox, pulls and starts of its containers, one after the other. */
export interface FirstSync {
  /** Keeps a change of status back until the sync has ended. */
  hold(write: () => void): void
  /** A container has been tried, whether or not it started; the last one ends the sync. */
  end(container: string): void
}

/**
 * Up to Kubernetes 1.35 a kubelet writes no status while it syncs a pod for the first time, pulls included: it does so when the next sync begins
 * (recorded from 1.34.2; kubernetes/kubernetes pull request 134660 changes it in 1.36).
 * @param containers how many are started in it
 * @param onEnd called before the changes that were kept back are written
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
