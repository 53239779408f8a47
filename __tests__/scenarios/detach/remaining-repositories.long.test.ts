import { expect } from 'vitest'
import { beginWithAbac, findingCodes, pairEnds } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { onceIt } from '../../support/scenario.js'

const detach = { mode: 'detach', repositories: 'team/app' }
const reader = 'Container Registry Repository Reader'

onceIt('what remains of single repositories is not advised to be deleted with the others', async ({ begin }) => {
  const { attach, abac, group, objectId, limit, inputs, world } = await beginWithAbac(begin)
  const pullers = world.addGroup('pullers', { members: [objectId] })
  const others = [
    world.assignRole({ principalId: pullers.objectId, role: reader, scope: abac.id }),
    limit(objectId, group.id, 'team/*', 'shop'),
    world.assignRole({ principalId: objectId, role: 'Container Registry Repository Writer', scope: abac.id }),
  ]
  const end = await attach({ ...detach, ...inputs })
  expect(pairEnds(end)).toEqual(['detached'])
  expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS', 'RESIDUAL_ACCESS', 'RESIDUAL_ACCESS'])
  for (const command of advisedCommands(end)) expect(command).toMatch(/^az rest --method get /)
  for (const { id } of others) expect(advisedCommands(end).join()).toContain(id)
})
