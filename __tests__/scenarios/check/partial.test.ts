import { describe, expect } from 'vitest'
import { beginWithAbac } from '../../support/estate.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

const check = { mode: 'check' }
const reader = 'Container Registry Repository Reader'

describe('drift reports what can still be pulled:', () => {
  it('some of the repositories, which several grants allow together', async ({ begin }) => {
    const { attach, abac, objectId, limit, world, subscription, inputs } = await beginWithAbac(begin)
    const inner = world.addGroup('inner', { members: [objectId] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    limit(objectId, subscription.id, 'team/app')
    limit(objectId, abac.id, 'shop/*')
    limit(outer.objectId, abac.id, 'ops/*')
    const repositories = 'team/app\nshop/web\nops/x\nnew/one\nnew/two'
    const end = await attach({ ...inputs, ...check, repositories })
    expectFailure(end, 'DRIFT')
    const lacks = [{ kind: 'reach', role: reader }]
    expect(end.report.pairs).toMatchObject([{ limitedTo: ['team/app', 'shop/*', 'ops/*'], lacks }])
  })
})

describe('a result', () => {
  it("is no longer missing, and a widened grant doesn't count as created", async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app')
    const end = await attach({ ...inputs, repositories: 'shop/*' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ status: 'attached', lacks: [], limitedTo: null }])
    const detached = await attach({ ...inputs, mode: 'detach' })
    expect(detached.report.pairs).toMatchObject([{ status: 'detached', lacks: [], limitedTo: null }])
  })
})
