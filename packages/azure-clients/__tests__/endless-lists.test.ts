import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { queryRegistries } from '../src/arm/resource-graph.js'
import type { ArmContext } from '../src/arm/resources.js'
import { wholeAnswers } from '../src/http/whole-answers.js'

const address = 'https://management.azure.com/subscriptions/1/providers/Microsoft.ContainerRegistry/registries'

/**
 * Reads a list as the SDKs do, by following its links, but not for ever.
 * @param linkAfter the number of the page that a page names as the next one
 * @returns the number of pages
 */
async function readPages(linkAfter: (page: number) => number | undefined, link = 'nextLink'): Promise<number> {
  const urlOf = (page: number): string => `${address}?api-version=2025-11-01${page > 0 ? `&$skiptoken=${page}` : ''}`
  let count = 0
  for (let page: number | undefined = 0; page !== undefined && count < 10_000; count += 1) {
    const next = linkAfter(page)
    const body = { value: [], ...(next !== undefined && { [link]: urlOf(next) }) }
    const request = createPipelineRequest({ method: 'GET', url: urlOf(page) })
    const answer = { request, status: 200, headers: createHttpHeaders(), bodyAsText: JSON.stringify(body) }
    await wholeAnswers.sendRequest(request, () => Promise.resolve(answer))
    page = next
  }
  return count
}

const upTo = (pages: number) => (page: number) => (page + 1 < pages ? page + 1 : undefined)

describe('a list', () => {
  it.each(['nextLink', '@odata.nextLink'])('can have thousands of pages (%s)', async link => {
    expect(await readPages(upTo(4000), link)).toBe(4000)
  })

  it('can be read again, also by several readers at once', async () => {
    const readers = Array.from({ length: 3 }, () => readPages(upTo(50)))
    expect(await Promise.all(readers)).toEqual([50, 50, 50])
    expect(await readPages(upTo(50))).toBe(50)
  })

  it.each([
    ['the page itself', () => 0],
    ['the page before it', (page: number) => (page === 0 ? 1 : 0)],
    ['a page in the middle', (page: number) => (page < 9 ? page + 1 : 4)],
  ])('that leads back to %s is lost', async (_, linkAfter) => {
    const message = 'the list has no end: it leads back to a page that was read before'
    await expect(readPages(linkAfter)).rejects.toMatchObject({ code: 'ECONNRESET', message })
  })

  it('that always has another page is lost', async () => {
    const message = 'the list has no end: it has more than 5000 pages'
    await expect(readPages(page => page + 1)).rejects.toMatchObject({ code: 'ECONNRESET', message })
  })
})

/** Queries Azure Resource Graph, which names the next page with a token in the body of its answer. */
function query(tokenAfter: (page: number) => string | undefined) {
  let page = 0
  const post = () => {
    if (page >= 10_000) return Promise.resolve({ data: [] })
    const $skipToken = tokenAfter(page)
    page += 1
    return Promise.resolve({ data: [], ...($skipToken && { $skipToken }) })
  }
  const clients = { caller: { name: '', objectId: '' }, resourceManager: { post } }
  return queryRegistries({ clients, signal: new AbortController().signal } as unknown as ArmContext, ['contosoacr'])
}

describe('a result of Azure Resource Graph', () => {
  it('can have a thousand pages', async () => {
    expect(await query(page => (page < 1000 ? `token-${page}` : undefined))).toEqual([])
  })

  it.each([
    ['leads back to a page', (page: number) => `token-${page % 2}`],
    ['always has another page', (page: number) => `token-${page}`],
  ])('that %s is no result', async (_, tokenAfter) => {
    await expect(query(tokenAfter)).rejects.toMatchObject({ code: 'AZURE_UNAVAILABLE' })
  })
})
