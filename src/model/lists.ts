/** The items by their key, in the order in which the keys come up first; `Map.groupBy` comes with Node 21. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** The items in lists of at most that size. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/** The items in lists whose weights sum up to no more than that; an item that weighs more is a list by itself. */
export function chunkByWeight<T>(items: readonly T[], most: number, weigh: (item: T) => number): T[][] {
  const chunks: T[][] = []
  let weight = Infinity
  for (const item of items) {
    const own = weigh(item)
    if (weight + own > most) {
      chunks.push([])
      weight = 0
    }
    chunks.at(-1)?.push(item)
    weight += own
  }
  return chunks
}

/** The items in the smallest number of lists of at most that size, about equally long. */
export function shareOut<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  const shares = Array.from({ length: count }, (): T[] => [])
  items.forEach((item, position) => shares[position % count]?.push(item))
  return shares
}

/** The first item of each key. */
export function distinctOf<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...groupBy(items, keyOf).values()].flatMap(group => group.slice(0, 1))
}
