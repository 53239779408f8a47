// Whether Azure itself says of a resource that an issue remembers that there is none.
import { expect, it } from 'vitest'
import { createAskGone } from '../src/ask-gone.js'
import { answering } from '../../../__tests__/support/answering.js'

const idOf = (type: string, name = 'x1'): string =>
  `/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-shop/providers/${type}/${name}`
const cluster = 'Microsoft.ContainerService/managedClusters'
const types = [cluster, 'Microsoft.ContainerRegistry/registries', 'Microsoft.ManagedIdentity/userAssignedIdentities']

it.each(types)('of %s, its own ID answers, once in any letter case', async type => {
  const { azure, asked } = answering({})
  const isGone = createAskGone(azure)
  expect([await isGone(idOf(type)), await isGone(idOf(type).toUpperCase())]).toEqual([true, true])
  expect(asked).toEqual([expect.stringContaining(`get https://management.azure.com${idOf(type).toLowerCase()}?`)])
})

it('each kind is asked for by its own version of the API, which Azure has for no other', async () => {
  const { azure, asked } = answering({})
  await Promise.all(types.map(type => createAskGone(azure)(idOf(type))))
  expect(new Set(asked.map(line => /api-version=([\w-]+)/.exec(line)?.[1])).size).toBe(types.length)
})

it.each([403, 500])('what can not be read is not gone: %i', async status => {
  const { azure } = answering({ x1: status })
  expect(await Promise.all(types.map(type => createAskGone(azure)(idOf(type))))).toEqual([false, false, false])
})

it('what is being deleted is not gone', async () => {
  const body = { id: idOf(cluster), name: 'x1', location: 'w', properties: { provisioningState: 'Deleting' } }
  expect(await createAskGone(answering({ x1: body }).azure)(idOf(cluster))).toBe(false)
})

it('of more than 200 resources, the others are not gone, and not asked for', async () => {
  const { azure, asked } = answering({})
  const isGone = createAskGone(azure)
  const gone = await Promise.all(Array.from({ length: 202 }, (_, at) => isGone(idOf(cluster, `aks-${at}`))))
  expect([gone.filter(Boolean).length, asked.length]).toEqual([200, 200])
})
