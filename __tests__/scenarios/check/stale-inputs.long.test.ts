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
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 can't pull from abacacr/)
    expect(end.log + end.summary).not.toContain('az role assignment create')
    // attach can't make it true.
    const attached = await attach({ ...inputs, role: 'AcrPull' })
    expectFailure(attached, 'INVALID_INPUT')
    expect(writes(attached)).toEqual([])
  })

  it('is drift of a cluster that pulls by another role', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    world.assignRole({ principalId: objectId, role: reader, scope: abac.id })
    const end = await attach({ ...inputs, mode: 'check', role: 'AcrPull' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true' })
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: 'direct', error: { code: 'DRIFT' } }])
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 is allowed to pull/)
  })

  it('is drift after a switch to RBAC mode, too, also with repositories', async ({ begin }) => {
    const { attach, grants, world, cluster, registry } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: reader, scope: registry.id })
    for (const repositories of ['', 'team/*']) {
      const end = await attach({ mode: 'check', role: reader, repositories })
      expectFailure(end, 'DRIFT')
      expect(end.outputs).toMatchObject({ attached: 'false', drift: 'true' })
      expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, error: { code: 'DRIFT' } }])
      expect(end.report.plan).toEqual([])
      expectFailure(await attach({ role: reader, repositories }), 'INVALID_INPUT')
    }
    expect(grants()).toHaveLength(1)
  })

  it('is an error if it allows pulling in neither mode', async ({ begin }) => {
    const { attach, inputs } = await beginWithAbac(begin)
    expectFailure(await attach({ ...inputs, mode: 'check', role: 'AcrDelete' }), 'INVALID_INPUT')
  })
})

describe('a cluster that pulls by a broader role', () => {
  it('is attached, and the missing pull role is drift', async ({ begin }) => {
    const { attach, cluster, registry, world } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: registry.id })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true' })
    expect(end.report.pairs).toMatchObject([
      {
        ...{ status: 'attached', grantedBy: 'broader-role', role: 'AcrPush', error: null },
        lacks: [{ kind: 'role', role: 'AcrPull' }],
      },
    ])
    expect(end.report.plan).toHaveLength(1)
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 pulls.* broader role/)
    expect(end.summary).toContain('az role assignment create')
  })
})

describe('an image that is gone', () => {
  it('from the registry and its source is drift', async ({ begin }) => {
    const { attach, world, registry, cluster } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.addSourceRegistry('docker.io').push('library/nginx', '1.26')
    const end = await attach({ mode: 'check', images: 'nginx:1.27 => nginx:v1' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true' })
    expect(end.report.images).toMatchObject([{ status: 'missing', error: { code: 'IMAGE_NOT_FOUND' } }])
    expect(end.report.images[0]?.error?.fix.text).not.toBe('')
    expect(headlineOf(end)).toMatch(/^⟳ 1 image is missing/)
  })

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
