/** Reads all pages of a list. `Array.fromAsync` needs Node 22. */
export async function collect<T, U>(pages: AsyncIterable<T>, convert: (item: T) => U): Promise<U[]> {
  const items: U[] = []
  for await (const item of pages) items.push(convert(item))
  return items
}
