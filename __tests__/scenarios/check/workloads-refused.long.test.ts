import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { readerRules } from '../../support/documented-roles.js'
import { commandsIn } from '../../support/good-advice.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

const image = 'abacacr.azurecr.io/shop/api:1'

const user = 'Azure Kubernetes Service Cluster User Role'

describe.each([
  ['list workloads', [user], []],
  ['enter the cluster', [], []],
  ['read the registry', [user], readerRules()],
] as const)('a run that may not %s', (_, roles, rules) => {
  it('prints the same commands in an attach, which warns, as in a check, which fails', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group } = scenario
    const cluster = group.addCluster('aks-aad', { aad: true })
    const { id } = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, id)
    for (const role of roles) world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    cluster.kubernetes.bind({ principalId: deployer.objectId, role: [...rules] })
    cluster.kubernetes.addWorkload({ kind: 'Deployment', name: 'api', spec: { containers: [{ name: 'main', image }] } })
    const inputs = { cluster: 'aks-aad', registry: 'abacacr', 'probe-with': 'kubectl', workloads: '*' }
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ code: 'AUTHORIZATION_FAILED', severity: 'warning' }])
    expect(end.report.workloads).toMatchObject([{ errorCode: 'AUTHORIZATION_FAILED' }])
    const check = await attach({ ...inputs, mode: 'check' })
    expectFailure(check, 'AUTHORIZATION_FAILED')
    // The identity that attaches may be that of the set-up, which comes first.
    const commands = commandsIn(end.summary).filter(command => !command.startsWith('bash docs/set-up.sh '))
    expect(commands).not.toEqual([])
    expect(commands).toEqual(commandsIn(check.summary))
  })
})

describe('a check that may not list workloads', () => {
  it.for(['kubectl', 'run-command'])('fails with the role and its binding (%s)', async (probeWith, { begin }) => {
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
