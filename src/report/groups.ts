/** Things of one kind: one to tell in full, and the others. */
export interface Group<T> {
  first: T
  others: T[]
}

/** As many as GitHub shows annotations of one level a step (docs.github.com/actions/reference/limits). */
export const mostAnnotations = 10

/**
 * Groups what is to be told, in the order of the first of each kind: what is refused at a thousand pairs is one problem and not a thousand.
 * Up to ten things are told one by one; more are grouped by the finest of the keys that makes no more than ten groups, or by the last one.
 */
export function group<T>(things: T[], ...keys: ((thing: T) => string)[]): Group<T>[] {
  if (things.length <= mostAnnotations) return things.map(first => ({ first, others: [] }))
  let groups = new Map<string, Group<T>>()
  for (const key of keys) {
    groups = new Map()
    for (const thing of things) {
      const known = groups.get(key(thing))
      if (known) known.others.push(thing)
      else groups.set(key(thing), { first: thing, others: [] })
    }
    if (groups.size <= mostAnnotations) break
  }
  return [...groups.values()]
}
