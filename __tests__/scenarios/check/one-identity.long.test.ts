import { expect } from 'vitest'
import { beginWithAbac, findingCodes, pairEnds } from '../../support/estate.js'
import { onceIt } from '../../support/scenario.js'

onceIt('an identity that is also the own identity of its cluster is no wrong one', async ({ begin }) => {
  const { attach, world, group, limit, abac, deployer, inputs } = await beginWithAbac(begin)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const both = group.addUserAssignedIdentity('both')
  const cluster = group.addCluster('aks-both', { identity: 'UserAssigned', kubeletIdentity: both })
  const { objectId: principalId, clientId } = both
  Object.assign(cluster.body.identity as object, { userAssignedIdentities: { [both.id]: { principalId, clientId } } })
  limit(principalId, abac.id, 'team/*')
  const end = await attach({ ...inputs, mode: 'check', cluster: 'aks-both', repositories: 'shop/*' })
  expect(pairEnds(end)).toEqual(['missing'])
  expect(findingCodes(end)).not.toContain('WRONG_IDENTITY_GRANTED')
})
