// A queue for the images of a pod: one pull at a time.

/** The images of one pod are pulled one after the other (Kubernetes `kuberuntime_manager.go`, `SyncPod`). */
export interface Turns {
  /** Waits for its turn; returns a function that ends it. */
  take(): Promise<() => void>
}

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
