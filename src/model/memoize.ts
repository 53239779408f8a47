/** A function that makes the value of each key once, however often it is asked for. */
export function memoize<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return key => once(known, key, () => make(key))
}

/** The value that is known of a key, or the one that is made now and known from then on. */
export function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}
