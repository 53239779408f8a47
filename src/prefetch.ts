/** Starts the work now, for the first call to take; every later call starts it afresh. */
export function prefetch<T>(work: () => Promise<T>): () => Promise<T> {
  let first: Promise<T> | undefined = work()
  first.catch(() => undefined) // it may fail before anyone waits for it; the one who takes it sees the failure
  return () => {
    const taken = first ?? work()
    first = undefined
    return taken
  }
}
