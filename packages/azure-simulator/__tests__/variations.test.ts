import { gunzipSync, brotliDecompressSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { arm } from '../src/client.js'
import { createVariations, type Varying } from '../src/front/variations.js'
import { start } from './support/fixture.js'

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

async function readAll(seed: number, of: Varying['of'] = 'all', { answer } = createVariations({ seed, of })) {
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

  it('depends on the seed and on how often this address was asked, not on requests to others or their GUIDs', async () => {
    expect(await readAll(5)).toEqual(await readAll(5))
    const other = createVariations({ seed: 5, of: 'all' })
    const list = () => Promise.resolve(Response.json({ value: all }))
    await other.answer(new URL('https://management.azure.com/subscriptions?api-version=2021-04-01'), '', list)
    const valuesOf = (pages: readonly Page[]) => pages.map(({ value }) => value)
    expect(valuesOf(await readAll(5, 'all', other))).toEqual(valuesOf(await readAll(5)))
    const of = async (guid: string) => {
      const url = new URL(`https://management.azure.com/subscriptions/${guid}/resources`)
      const answers = createVariations({ seed: 5, of: 'all' })
      return (await read(await answers.answer(url, '', list))).value
    }
    expect(await of('17db1a33-756e-4b2b-b408-be2b7e735dba')).toEqual(await of('f67f018e-d97a-4d50-bc8b-0123456789ab'))
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

  it('reads on with opaque tokens from the list that it had at first', async () => {
    const variations = createVariations({ seed: 3, of: 'all' })
    const lists = [all, []]
    const items: unknown[] = []
    for (let next: string | undefined = address.href; next !== undefined;) {
      expect(variations.isFurtherPage(new URL(next))).toBe(next !== address.href)
      const answer = await variations.answer(new URL(next), '', () =>
        Promise.resolve(Response.json({ value: lists.shift() })),
      )
      const page = await read(answer)
      items.push(...page.value.map(({ properties }) => properties.index))
      next = page.nextLink
    }
    expect(lists).toEqual([[]])
    expect(new Set(items).size).toBe(7)
  })

  it('has IDs that lead back to those of the services, alone, at the beginning of others and in sentences', async () => {
    const scopes = ['resourcegroups', 'resourceGroups'].map(
      word => `/subscriptions/s/${word}/rg-(größe)/providers/Microsoft.ContainerService/managedClusters/aks-1`,
    )
    for (const seed of Array.from({ length: 20 }, (_, index) => index))
      for (const id of scopes) {
        const { answer, original } = createVariations({ seed, of: 'all' })
        const send = () => Promise.resolve(Response.json({ id }))
        const varied = (
          JSON.parse(await (await answer(address, '', send)).text().then(text => text.replace('\u{FEFF}', ''))) as {
            id: string
          }
        ).id
        expect(original(varied)).toBe(id)
        expect(varied.toLowerCase()).toBe(id.toLowerCase())
        expect(original(`See ${varied}, '${varied}/agentPools/a' and (${varied}).`)).toBe(
          `See ${id}, '${id}/agentPools/a' and (${id}).`,
        )
        const [, , , , group = ''] = varied.split('/')
        // AKS writes the word in other letter case than other providers, so it stays.
        expect(original(`/subscriptions/s/resourceGroups/${group}/x (in ${group}), ${group}.`)).toBe(
          '/subscriptions/s/resourceGroups/rg-(größe)/x (in rg-(größe)), rg-(größe).',
        )
      }
  })

  it('changes nothing for the services, the log and the faults', async () => {
    const { client, deployer, group, registry, simulator, world } = await start({ variations: { seed: 4, of: 'all' } })
    for (const name of ['acr1', 'acr2', 'acr3', 'acr4']) group.addRegistry(name)
    const token = await client.signIn(deployer)
    const readIds = async (): Promise<string[]> => {
      const ids: string[] = []
      for (let next: string | undefined = arm(`${group.id}/providers/${registry.type}`, '2025-11-01'); next;) {
        const { json } = await client.get(next, token)
        ids.push(...(json.value as unknown as { id: string }[]).map(({ id }) => id))
        next = json.nextLink as unknown as string | undefined
      }
      return ids
    }
    const ids = (await Promise.all(Array.from({ length: 5 }, readIds))).flat()
    expect(new Set(ids.map(id => simulator.original(id))).size).toBe(5)
    const [varied = ''] = ids.filter(id => id !== registry.id && simulator.original(id) === registry.id)
    const lists = simulator.requests.filter(({ path }) => path.endsWith('/registries'))
    expect(lists.filter(({ isFurtherPage }) => !isFurtherPage)).toHaveLength(5)
    expect(lists.length).toBeGreaterThan(5)

    const path = `${varied}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-4111-8111-111111111111`
    const roleDefinitionId = `${varied.split('/').slice(0, 3).join('/')}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`
    const properties = { principalId: deployer.objectId, principalType: 'ServicePrincipal', roleDefinitionId }
    const made = await client.send('PUT', arm(path, '2022-04-01'), { token, body: { properties } })
    expect(made.status).toBe(201)
    expect(world.roleAssignments.at(-1)?.scope).toBe(registry.id)
    expect(simulator.requests.at(-1)?.path).toContain(registry.id)

    simulator.faults.add({ path: '/registries', skip: 1, status: 503, body: {} })
    expect(await readIds()).not.toEqual([])
    expect((await client.get(arm(`${group.id}/providers/${registry.type}`, '2025-11-01'), token)).status).toBe(503)
  })

  it('leaves what is no JSON as it is', async () => {
    const { answer } = createVariations({ seed: 1, of: 'all' })
    const refusal = Response.json({ error: {} }, { status: 403 })
    expect(await answer(address, 'gzip', () => Promise.resolve(refusal))).toBe(refusal)
    const text = new Response('text', { headers: { 'content-type': 'text/plain' } })
    expect(await answer(address, 'gzip', () => Promise.resolve(text))).toBe(text)
  })
})
