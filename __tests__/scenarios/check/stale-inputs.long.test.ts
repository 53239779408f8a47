import { describe, expect } from 'vitest'
import { beginWithAbac } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { expectFailure, it, writes } from '../../support/scenario.js'

const reader = 'Container Registry Repository Reader'

describe('a role of the inputs that the registry ignores since its mode was switched', () => {
  it('is drift, with what to do, and no command that would assign it', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: abac.id })
    const end = await attach({ ...inputs, mode: 'check', role: 'AcrPull' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'false', drift: 'true', 'error-code': 'DRIFT' })
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, error: { code: 'DRIFT' } }])
    const { fix } = end.report.pairs[0]?.error ?? {}
    expect(fix).toMatchObject({ text: expect.stringContaining(`role: auto`) as string, commands: [] })
    expect(fix?.text).toContain(reader)
    expect(end.report.plan).toEqual([])
    expect(headlineOf(end)).toMatch(/^✗ aks-prod-1 .* abacacr/)
    expect(end.log + end.summary).not.toContain('az role assignment create')
    // attach can't make it true.
    const attached = await attach({ ...inputs, role: 'AcrPull' })
    expectFailure(attached, 'INVALID_INPUT')
    expect(writes(attached)).toEqual([])
  })
})

describe('an image that is gone', () => {
  it('from its source is unknown, not drift, if the registry could not be read', async ({ begin }) => {
    const { attach, world, registry, cluster, simulator } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    simulator.faults.add({ host: 'contosoacr.azurecr.io', status: 403, times: Infinity })
    world.addSourceRegistry('docker.io').push('library/nginx', '1.26')
    const end = await attach({ mode: 'check', images: 'nginx:1.27 => nginx:v1' })
    expect(end.exitCode).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false' })
    expect(end.report.findings).toMatchObject([{ code: 'IMAGE_NOT_COMPARED' }])
  })
})
