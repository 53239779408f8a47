import { expect, test } from 'vitest'
import { az, builtInRoles, findAccess } from 'azure'
import { realRegistry, realTarget, sampleAssignment } from '../../__tests__/support/observed.js'

test('a cluster pulls by a role on the resource group, which its registries inherit', () => {
  const { acrPull } = builtInRoles
  const [cluster, registry] = [realTarget('aks-prod-1'), realRegistry('contosoacr')]
  const scope = registry.id.replace(/\/providers\/.*/, '')
  const wanted = { roles: new Map([[acrPull.id, acrPull]]), grant: { role: acrPull, repositories: [] } }
  const inherited = sampleAssignment(acrPull, { scope, principalId: cluster.identity.objectId })
  expect(findAccess(cluster, registry, [inherited], wanted)?.grantedBy).toBe('inherited')
  expect(findAccess(cluster, registry, [], wanted)).toBe(null)
  expect(az`acr show --name ${registry.name}`).toBe('az acr show --name contosoacr')
})
