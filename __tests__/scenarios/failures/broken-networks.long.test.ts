import { describe, expect } from 'vitest'
import { breakNetwork } from '../../support/broken-network.js'
import { images, imports, letImport } from '../../support/image-world.js'
import { armRequests, expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const token = { host: 'login.microsoftonline.com', path: '/oauth2/v2.0/token' }

describe('a network that fails', () => {
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

describe('an answer that is too large', () => {
  const bomb = { status: 200, body: {}, padding: 600_000_000, gzip: true }

  onceIt('is named if it persists', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...token, ...bomb, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain('1 MB')
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
