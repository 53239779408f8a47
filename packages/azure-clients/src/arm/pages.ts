import { normalizeId } from 'azure'

/**
 * Reads all pages of a list. A resource that several pages show, as happens when others are created or deleted meanwhile, counts once. `Array.fromAsync`
 * needs Node 22.
 */
export async function collect<T extends { id?: string }, U>(
  pages: AsyncIterable<T>,
  convert: (item: T) => U,
): Promise<U[]> {
  const items: U[] = []
  const seen = new Set<string>()
  for await (const item of pages) {
    const id = normalizeId(item.id ?? '')
    if (id !== '' && seen.has(id)) continue
    seen.add(id)
    items.push(convert(item))
  }
  return items
}
