import { gunzipSync, brotliDecompressSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createVariations, type Varying } from '../src/front/variations.js'

const address = new URL('https://management.azure.com/subscriptions/s/resources?api-version=2021-04-01')
const idOf = (index: number): string =>
  `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/accounts/a${index}`
const all = Array.from({ length: 7 }, (_, index) => ({ id: idOf(index), name: `a${index}`, properties: { index } }))

const send = (url: URL): Promise<Response> => {
  expect(url.href).toBe(address.href)
  return Promise.resolve(Response.json({ value: all }))
}

interface Page {
  value: { id: string; properties: { index: number } }[]
  nextLink?: string
}

async function read(response: Response): Promise<Page> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const decode = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync }[
    response.headers.get('content-encoding') ?? ''
  ]
  return JSON.parse((decode?.(bytes) ?? bytes).toString().replace(/^\u{FEFF}/u, '')) as Page
}

async function readAll(seed: number, of: Varying['of'] = 'all') {
  const { answer } = createVariations({ seed, of })
  const pages: Page[] = []
  for (let next: string | undefined = address.href; next !== undefined;) {
    const page = await read(await answer(new URL(next), 'gzip, deflate, br', send))
    pages.push(page)
    next = page.nextLink
  }
  return pages
}

describe('an answer in another form', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))('has all items of a list, seed %i', async seed => {
    const items = (await readAll(seed)).flatMap(({ value }) => value)
    expect([...new Set(items.map(({ properties }) => properties.index))]).toEqual([0, 1, 2, 3, 4, 5, 6])
    for (const { id, properties } of items) expect(id.toLowerCase()).toBe(idOf(properties.index).toLowerCase())
  })

  it('depends on the seed alone', async () => {
    expect(await readAll(5)).toEqual(await readAll(5))
    const pages = await Promise.all(Array.from({ length: 20 }, (_, seed) => readAll(seed)))
    expect(new Set(pages.map(each => each.length)).size).toBeGreaterThan(2)
    expect(pages.flat().some(({ value }) => value.length === 0)).toBe(true)
    expect(pages.flat(2).some(({ value }) => value.some(({ id }) => !all.some(each => each.id === id)))).toBe(true)
  })

  it('has the same pages and IDs if only its encoding is varied', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, (_, seed) => readAll(seed, 'encoding')))
    expect(pages.map(each => each.length)).toEqual(pages.map(() => 1))
    for (const [{ value } = { value: [] }] of pages) expect(value.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(pages.flat(2).some(({ value }) => value.some(each => !('name' in each)))).toBe(true)
  })

  it('leaves what is no JSON as it is', async () => {
    const { answer } = createVariations({ seed: 1, of: 'all' })
    const refusal = Response.json({ error: {} }, { status: 403 })
    expect(await answer(address, 'gzip', () => Promise.resolve(refusal))).toBe(refusal)
    const text = new Response('text', { headers: { 'content-type': 'text/plain' } })
    expect(await answer(address, 'gzip', () => Promise.resolve(text))).toBe(text)
  })
})
