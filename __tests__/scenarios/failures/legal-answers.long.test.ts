import { describe, expect } from 'vitest'
import { letImport } from '../../support/image-world.js'
import { armRequests, expectAttached, expectFailure, it } from '../../support/scenario.js'

describe('a role assignment', () => {
  it('can be answered without its ID, and with 200', async ({ begin }) => {
    const scenario = await begin()
    scenario.simulator.faults.add({
      method: 'PUT',
      path: '/roleAssignments/',
      after: true,
      status: 200,
      body: { properties: { principalId: scenario.cluster.kubeletIdentity.objectId } },
    })
    const end = await scenario.attach()
    expectAttached(end, { changed: true })
    expect(end.outputs['role-assignment-id']).toBe(scenario.grants()[0]?.id)
  })
})

describe('the URL of an operation', () => {
  const operation = '/providers/Microsoft.ContainerRegistry/locations/westeurope/operations/6f1d8a4e'

  it.for(['location', 'azure-asyncoperation'] as const)(
    'can have any form (%s): the end of an import counts, also if the registry cannot be read',
    async (header, { begin }) => {
      const scenario = await begin()
      const { attach, registry, simulator, subscription } = letImport(scenario)
      const url = `https://management.azure.com${subscription.id}${operation}?api-version=2025-11-01`
      const poll = { method: 'GET', path: operation }
      const under = header === 'location' ? { status: 202 } : { status: 200, body: { status: 'Running' } }
      const endWith = (body: object): void => {
        simulator.faults.add({
          method: 'POST',
          path: '/importImage',
          after: true,
          status: 202,
          headers: { [header]: url },
        })
        simulator.faults.add({ ...poll, ...under })
        simulator.faults.add({ ...poll, status: 200, body })
      }
      simulator.faults.add({
        host: registry.loginServer,
        status: 403,
        times: Infinity,
        body: { errors: [{ code: 'DENIED' }] },
      })
      endWith({ status: 'Succeeded' })
      const end = await attach({ images: 'nginx:1.27 => nginx:v1' })
      expectAttached(end, { changed: true })
      expect(end.report.images).toMatchObject([{ status: 'imported' }])
      endWith({ status: 'Failed', error: { code: 'InvalidParameters', message: 'Unable to find manifest' } })
      expectFailure(await attach({ images: 'nginx:1.27 => nginx:v2' }), 'IMAGE_NOT_FOUND')
      expect(armRequests(end, 'GET', operation)).toHaveLength(2)
    },
  )
})
