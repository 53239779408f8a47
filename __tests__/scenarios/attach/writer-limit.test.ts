import { describe, expect } from 'vitest'
import { repositoryRights } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { beginWithAbac, findingCodes } from '../../support/estate.js'
import { expectAttached, onceIt, writes } from '../../support/scenario.js'

const writer = 'Container Registry Repository Writer'
const asWriter = { role: writer, repositories: 'shop/*' }

describe('Container Registry Repository Writer with repositories', () => {
  onceIt('pulls and pushes there, and nowhere else', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    expectAttached(await attach({ ...inputs, ...asWriter }), { changed: true })
    expect(repositoryRights(world, abac, objectId, 'shop/web', 0)).toEqual(expect.arrayContaining(['pull', 'push']))
    expect(repositoryRights(world, abac, objectId, 'team/app', 0)).toEqual([])
    const again = await attach({ ...inputs, ...asWriter })
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
    expect(findingCodes(again)).not.toContain('LIMIT_NOT_IN_FORCE')
  })

  onceIt('is widened for pushing, too', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    await attach({ ...inputs, ...asWriter })
    const more = { ...asWriter, repositories: 'shop/*\nteam/app' }
    expectAttached(await attach({ ...inputs, ...more }), { changed: true })
    expect(repositoryRights(world, abac, objectId, 'team/app', 0)).toEqual(expect.arrayContaining(['pull', 'push']))
    expect(repositoryRights(world, abac, objectId, 'other', 0)).toEqual([])
  })

  onceIt('is reported if an existing condition limits pulling alone', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    const condition = repositoryCondition(['shop/*'])
    world.assignRole({ principalId: objectId, role: writer, scope: abac.id, condition })
    expect(repositoryRights(world, abac, objectId, 'other', 0)).toContain('push')
    const end = await attach({ ...inputs, ...asWriter })
    expectAttached(end, { changed: false })
    const found = end.report.findings.find(({ code }) => code === 'LIMIT_NOT_IN_FORCE')
    expect(found?.message).toContain('the whole registry')
    expect(found?.fix.commands).toEqual([expect.stringMatching(/^az rest --method get /)])
    // Whoever wants a reader to pull there has no reason to hear of it.
    const asReader = await attach({ ...inputs, repositories: 'shop/*' })
    expect(findingCodes(asReader)).not.toContain('LIMIT_NOT_IN_FORCE')
  })
})
