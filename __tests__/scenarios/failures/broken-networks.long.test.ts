import { describe, expect } from 'vitest'
import type { Fault } from 'azure-simulator'
import { breakNetwork } from '../../support/broken-network.js'
import { images, imports, letImport } from '../../support/image-world.js'
import { armRequests, expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const token = { host: 'login.microsoftonline.com', path: '/oauth2/v2.0/token' }
const cluster = { host: 'management.azure.com', path: /\/managedClusters\/aks-prod-1$/i }

/** How many connections are opened in advance. */
const opened = { 'login.microsoftonline.com': 1, 'management.azure.com': 3 }

describe('a network that fails for a moment', () => {
  onceIt.for([
    ['EAI_AGAIN', 'login.microsoftonline.com'],
    ['EHOSTUNREACH', 'management.azure.com'],
    ['ENETUNREACH', 'management.azure.com'],
    ['ENETDOWN', 'login.microsoftonline.com'],
    ['EHOSTDOWN', 'management.azure.com'],
    ['EPIPE', 'login.microsoftonline.com'],
    ['ECONNABORTED', 'management.azure.com'],
  ] as const)('with %s at %s costs no run', async ([code, host], { begin }) => {
    const { attach } = await begin()
    expectAttached(await attach({}, { environment: breakNetwork(host, code, opened[host] + 1) }), { changed: true })
  })

  it('is named if it persists', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: breakNetwork('management.azure.com', 'EHOSTUNREACH', Infinity) })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain('EHOSTUNREACH')
  })

  onceIt('costs no digest of an image in a registry', async ({ begin }) => {
    const { attach, simulator, digest } = letImport(await begin())
    for (const host of ['docker.io', 'auth.docker.io', 'contosoacr.azurecr.io'])
      simulator.faults.add({ host, connect: 'closed' })
    const end = await attach({ images: 'docker.io/library/nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    expect(imports(end)).toMatchObject([{ requestBody: { source: { sourceImage: `library/nginx@${digest}` } } }])
  })
})

describe('an answer that is not one', () => {
  onceIt.for<[string, Fault]>([
    ['a proxy that hangs up at Entra', { host: token.host, connect: 'closed', times: 2 }],
    ['a proxy that hangs up at Azure', { host: cluster.host, connect: 'closed', times: 5 }],
    ['no HTTP from Entra', { ...token, garbage: true }],
    ['no HTTP from Azure', { ...cluster, garbage: true }],
    ['421 from Azure', { ...cluster, status: 421 }],
    ['425 from Entra', { ...token, status: 425 }],
    ['a compressed answer that breaks off', { ...cluster, status: 200, body: { id: 'x' }, gzip: true, cut: true }],
  ])('is asked for again: %s', async ([, fault], { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add(fault)
    expectAttached(await attach(), { changed: true })
  })
})

describe('an answer that is too large', () => {
  const bomb = { status: 200, body: {}, padding: 600_000_000, gzip: true }

  onceIt.for<[string, Fault]>([
    ['from Entra', { ...token, ...bomb }],
    ['from Azure', { ...cluster, ...bomb }],
    ['from Azure without an end', { ...cluster, status: 200, body: {}, padding: Infinity }],
  ])('is lost, and asked for again: %s', async ([, fault], { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add(fault)
    expectAttached(await attach(), { changed: true })
  })

  onceIt('is named if it persists', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...token, ...bomb, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain('the answer is larger than 1 MB')
  })

  onceIt('from a foreign registry hides its digest, and the import continues', async ({ begin }) => {
    const { attach, simulator } = letImport(await begin())
    simulator.faults.add({ host: 'docker.io', ...bomb, times: Infinity })
    const end = await attach({ images: 'docker.io/library/nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported' }])
    expect(armRequests(end, 'POST', '/importImage')).toHaveLength(1)
  })
})
