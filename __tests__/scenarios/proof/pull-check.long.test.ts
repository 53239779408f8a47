import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { letPull, pulls, oneNode } from '../../support/pull-scenario.js'
import { expectFailure, it } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'
import { hour } from '../../support/hour.js'

describe('a cluster that pulls with a service principal', () => {
  it('whose secret is no longer accepted is refused', async ({ begin, onTestFinished }) => {
    const contoso = await begin()
    const { world, deployer } = contoso
    const application = world.addApplication('old-sp')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const { clientId: servicePrincipalClientId } = application
    const scenario = letPull(contoso, { ...oneNode, identity: 'ServicePrincipal', servicePrincipalClientId })
    const { registry, cluster } = scenario
    const grant = world.assignRole({ principalId: application.objectId, role: 'AcrPull', scope: registry.id })
    grant.updatedOn = new Date(Date.now() - hour).toISOString()
    application.secrets.length = 0
    const lapse = createTimeLapse('run-command', onTestFinished)
    cluster.kubernetes.runCommand.programs = lapse.programs
    const end = await scenario.pull({ 'probe-with': 'run-command' }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'secret', attempts: 3 }])
    expect(end.report.pairs[0]?.error?.fix.commands.at(-1)).toContain('--enable-managed-identity')
    expect(lapse.now()).toBeLessThan(30_000)
  })
})

describe('one pool that is refused while another pulls', () => {
  it('is not waited for, and named', async ({ begin, onTestFinished }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'apps', count: 1 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ node: /apps/, message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') })
    const lapse = createTimeLapse('run-command', onTestFinished)
    kubernetes.runCommand.programs = lapse.programs
    const end = await scenario.pull({ 'probe-with': 'run-command' }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false' })
    expect(pulls(end)).toMatchObject([
      { verdict: 'pulled' },
      { verdict: 'denied', pool: 'apps', cause: 'no-credential' },
    ])
    expect(end.report.pairs[0]?.error?.message).toMatch(/apps.*AKSUbuntu-2204gen2containerd-202509\.11\.0.*Ubuntu/)
    expect(lapse.now()).toBeLessThan(360_000)
  })
})
