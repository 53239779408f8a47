// A queue of one at a time, in which the images of a pod are pulled.

/** The images of one pod are pulled one after the other (Kubernetes `kuberuntime_manager.go`, `SyncPod`). */
export interface Turns {
  /** Waits for its turn; answers how to end it. */
  take(): Promise<() => void>
}

/** Nobody waits yet. */
export function createTurns(): Turns {
  let last = Promise.resolve()
  return {
    async take() {
      const before = last
      let end = (): void => undefined
      last = new Promise(resolve => {
        end = resolve
      })
      await before
      return end
    },
  }
}
