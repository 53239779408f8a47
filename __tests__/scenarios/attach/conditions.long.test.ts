import { expect } from 'vitest'
import { repositoryRights } from 'azure-simulator'
import { beginWithAbac } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, writes } from '../../support/scenario.js'

// What conditions allow, and what is written instead, is proven in repository-conditions and unit/plan/conditions. Here Azure judges, too.

const reader = 'Container Registry Repository Reader'
const content = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'

it('a condition with a prefix that does not end at a slash keeps everything that it allowed', async ({ begin }) => {
  const { attach, inputs, world, abac, objectId, grants } = await beginWithAbac(begin)
  const condition = `((!(${content})) OR (${name} StringStartsWith 'base'))`
  const given = world.assignRole({ principalId: objectId, role: reader, scope: abac.id, condition })
  const pulls = (repository: string) => repositoryRights(world, abac, objectId, repository, 0).includes('pull')
  const wanted = { ...inputs, repositories: 'shop/*' }
  expectAttached(await attach(wanted), { changed: true })
  expect(['base', 'base/x', 'basement/y', 'shop/web'].filter(each => !pulls(each))).toEqual([])
  expect(['bas', 'shop', 'shops/a', 'other'].filter(pulls)).toEqual([])
  expect(grants()).toMatchObject([{ name: given.name, conditionVersion: '2.0' }])
  // The condition that was written is understood.
  expectAttached(await attach(wanted), { changed: false })
})

it.for([
  ['it has a NOT', { condition: `((!(${content})) OR (NOT ${name} StringStartsWith 'secret/'))` }],
  ['of its version', { conditionVersion: '1.0' }],
] as const)(
  'a condition that is not understood because %s is unknown in check, and left unchanged',
  async ([, more], { begin }) => {
    const { attach, abac, inputs, limit, objectId } = await beginWithAbac(begin)
    const assignment = Object.assign(limit(objectId, abac.id, 'team/*'), more)
    const before = { ...assignment }
    const wanted = { ...inputs, repositories: 'shop/*' }
    const night = await attach({ ...wanted, mode: 'check' })
    expectFailure(night, 'CONDITION_NOT_UNDERSTOOD')
    expect(night.report).toMatchObject({ drift: false, plan: [], pairs: [{ status: 'unknown', limitedTo: null }] })
    const end = await attach(wanted)
    expectFailure(end, 'CONDITION_NOT_UNDERSTOOD')
    expect(errorsOf(end)[0]?.fix.commands).toEqual([expect.stringContaining(assignment.id)])
    expect(writes(end)).toEqual([])
    expect(assignment).toEqual(before)
  },
)
