import { isDeepStrictEqual } from 'node:util'

/** The paths at which a request differs from the current value. Omitted properties keep their value. */
export function changes(requested: unknown, present: unknown, place: string): string[] {
  if (requested === undefined || requested === null || isDeepStrictEqual(requested, present)) return []
  if (Array.isArray(requested)) {
    const items: readonly unknown[] = Array.isArray(present) ? present : []
    return requested.length === items.length
      ? requested.flatMap((item, index) => changes(item, items[index], `${place}/${String(index)}`))
      : [place]
  }
  if (typeof requested !== 'object') return [place]
  const known = (typeof present === 'object' && present !== null ? present : {}) as Record<string, unknown>
  return Object.entries(requested).flatMap(([key, value]) => changes(value, known[key], `${place}/${key}`))
}
