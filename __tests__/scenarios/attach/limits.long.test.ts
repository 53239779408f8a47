import { describe, expect } from 'vitest'
import { beginWithAbac, findingCodes } from '../../support/estate.js'
import { expectAttached, it, type StepEnd } from '../../support/scenario.js'

const reader = 'Container Registry Repository Reader'
const shop = { repositories: 'shop/*' }

/** The only finding, which is about the limit. */
function limitOf(end: StepEnd): StepEnd['report']['findings'][number] {
  expect(findingCodes(end)).toEqual(['LIMIT_NOT_IN_FORCE'])
  const [finding] = end.report.findings
  if (!finding) throw new Error('there is none')
  return finding
}

const isChange = (command: string): boolean => /role assignment delete|--method put|member remove/.test(command)

/** Expects commands that only show something. */
function expectLooks({ fix }: StepEnd['report']['findings'][number], id: string): void {
  expect(fix.commands[0]).toContain(id)
  expect(fix.commands.filter(isChange)).toEqual([])
}

describe('repositories whose limit is not in force', () => {
  it('is reported for a wider condition, before and after it gets the listed repositories', async ({ begin }) => {
    const { attach, inputs, limit, abac, objectId } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/*', 'shop/web')
    const end = await attach({ ...inputs, ...shop })
    expectAttached(end, { changed: true })
    expect(limitOf(end).message).toContain('also allows team/*')
    expect(limitOf(await attach({ ...inputs, ...shop })).message).toContain('also allows team/*')
  })

  it('is reported for an inherited assignment, without a command that other registries would feel', async ({
    begin,
  }) => {
    const { attach, inputs, limit, world, abac, objectId, group } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    const { id } = world.assignRole({ principalId: objectId, role: reader, scope: group.id })
    const finding = limitOf(await attach({ ...inputs, ...shop }))
    expect(finding.message).toContain(group.id)
    expectLooks(finding, id)
  })

  it('is not reported for a group that the identity is not in', async ({ begin }) => {
    const { attach, inputs, limit, world, abac, objectId } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    world.assignRole({ principalId: world.addGroup('others').objectId, role: reader, scope: abac.id })
    expect(findingCodes(await attach({ ...inputs, ...shop }))).toEqual([])
  })

  it('is not reported for conditions that allow no more, or are not understood, or without repositories', async ({
    begin,
  }) => {
    const { attach, inputs, limit, world, abac, objectId, group } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
    const read = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
    const condition = `((!(${read})) OR (NOT ${name} StringStartsWith 'secret/'))`
    world.assignRole({ principalId: objectId, role: reader, scope: group.id, condition })
    world.assignRole({ principalId: objectId, role: 'Reader', scope: group.id })
    const end = await attach({ ...inputs, ...shop })
    expectAttached(end, { changed: false })
    expect(findingCodes(end)).not.toContain('LIMIT_NOT_IN_FORCE')
    expect(findingCodes(await attach({ ...inputs, repositories: 'shop/web\nshop/*' }))).not.toContain(
      'LIMIT_NOT_IN_FORCE',
    )
  })
})
