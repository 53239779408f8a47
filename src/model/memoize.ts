/** A function that computes the value of each key once, however often it is called. */
export function memoize<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return key => once(known, key, () => make(key))
}

/** The stored value of a key, or a new one that is computed and stored now. */
export function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}
