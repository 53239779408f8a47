import { describe } from 'vitest'
import { images, letImport } from '../../support/image-world.js'
import { expectAttached, onceIt } from '../../support/scenario.js'

describe('the state of an import', () => {
  onceIt.for(['in-progress-as-200', 'empty', 'free-text', 'with-error'] as const)(
    'is read in each form that Azure gives it: %s',
    async (pollQuirk, { begin, expect }) => {
      const { attach, world, digest } = letImport(await begin({ timing: { importMs: 1500 } }))
      world.imports.pollQuirk = pollQuirk
      const end = await attach({ images: 'nginx:1.27' })
      expectAttached(end, { changed: true })
      expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    },
  )

  onceIt('is asked of the host of the region, if Azure names that one', async ({ begin, expect }) => {
    const { attach, world, digest } = letImport(await begin({ timing: { importMs: 500 } }))
    world.imports.isRegional = true
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    const hosts = end.requests.filter(({ path }) => path.includes('/operationResults/')).map(({ host }) => host)
    expect(new Set(hosts)).toEqual(new Set(['westeurope.management.azure.com']))
  })

  onceIt('that a proxy does not let through is seen in the registry', async ({ begin, expect }) => {
    const { attach, world, simulator, digest } = letImport(await begin({ timing: { importMs: 12_000 } }))
    world.imports.isRegional = true
    simulator.faults.add({ host: 'westeurope.management.azure.com', connect: true, times: Infinity })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    const never = await attach({ images: 'nginx:1.27 => team/other:1', timeout: '2s' })
    expect(never.log).toContain('in place of westeurope.management.azure.com (HTTP 503))')
    expect(never.log).toContain('[HTTP 503, not from Azure]')
  })
})
