/** The items of a key: at least one. */
export type Group<T> = [T, ...T[]]

/** Groups items by key, in the order of each key's first item. `Map.groupBy` needs Node 21. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, Group<T>> {
  const groups = new Map<K, Group<T>>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** Created when names are first compared: that takes Node more than 10 ms, which each run would need before its first request. */
let collator: Intl.Collator | undefined

/** Order of names as people count: `aks-2` before `aks-10`. */
export function compareNaturally(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b))
}

/** Splits items into lists of at most that size or, if they are weighed, that weight; a heavier item gets a list of its own. */
export function chunk<T>(items: readonly T[], max: number, weigh: (item: T) => number = () => 1): T[][] {
  const chunks: T[][] = []
  let weight = Infinity
  for (const item of items) {
    weight += weigh(item)
    if (weight > max) {
      weight = weigh(item)
      chunks.push([])
    }
    chunks.at(-1)?.push(item)
  }
  return chunks
}

/** The first item of each key. */
export function distinctOf<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...groupBy(items, keyOf).values()].map(([first]) => first)
}

/** The first names, as many as a line has room for, and how many more there are: `aks-1, aks-2, aks-3 and 3 more`. */
export function nameSome(names: readonly string[], max = 3): string {
  const rest = names.length > max ? ` and ${names.length - max} more` : ''
  return `${names.slice(0, max).join(', ')}${rest}`
}

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

/** The fields that have a value: an optional field is absent, never undefined, nor null as in others' JSON. */
export function present<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(given) as { [K in keyof T]?: NonNullable<T[K]> }
}
