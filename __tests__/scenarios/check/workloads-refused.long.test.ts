import { describe, expect } from 'vitest'
import { readerRules } from '../../support/documented-roles.js'
import { commandsIn } from '../../support/good-advice.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

describe('a check that may not list workloads', () => {
  onceIt.for(['kubectl', 'run-command'])('fails with the role and its binding (%s)', async (probeWith, { begin }) => {
    const { attach, world, deployer, group } = await begin()
    const cluster = group.addCluster('aks-aad', { aad: true })
    for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service Contributor Role'])
      world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    const role = readerRules().filter(({ apiGroups }) => apiGroups.includes(''))
    cluster.kubernetes.bind({ principalId: deployer.objectId, role })
    const inputs = { cluster: 'aks-aad', 'probe-with': probeWith }
    await attach(inputs)
    const end = await attach({ ...inputs, mode: 'check', workloads: '*' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(commandsIn(end.summary)).toEqual([
      expect.stringMatching(
        /^az aks list .* az aks command invoke [^]*attach-acr-workload-reader[^]*kubectl auth reconcile/s,
      ),
    ])
  })
})
