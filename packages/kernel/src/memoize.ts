/** Wraps a function so that it computes the value of each key only once. */
export function memoize<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return key => once(known, key, () => make(key))
}

/** Returns the stored value of a key, or computes and stores it. */
export function once<K, T>(known: Map<K, T>, key: K, make: () => T): T {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}
