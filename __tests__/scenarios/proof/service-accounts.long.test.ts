import { describe, expect } from 'vitest'
import type { Pod, RequestRecord, UserAssignedIdentity } from 'azure-simulator'
import { deployEach, expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { advisedCommands } from '../../support/reading.js'
import { armRequests, it, whenRequested, type Scenario, type StepEnd } from '../../support/scenario.js'

const version = '2026-08-02-preview'

const isPreview = ({ query }: RequestRecord): boolean => query['api-version'] === version

const findingsOf = ({ report }: StepEnd, code: string) => report.findings.filter(each => each.code === code)

/** A cluster that pulls as service accounts. */
function letAccountsPull(scenario: Scenario, more: Parameters<typeof letPull>[1] = {}): PullScenario {
  return letPull(scenario, { serviceAccountPull: {}, ...more })
}

/** A service account whose identity has the pull role. */
function addAccount({ world, group, registry, cluster }: PullScenario, name: string): UserAssignedIdentity {
  const identity = group.addUserAssignedIdentity(`${name}-puller`)
  world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
  const annotations = { 'kubernetes.azure.com/acr-client-id': identity.clientId }
  cluster.kubernetes.addServiceAccount('default', name, { annotations })
  return identity
}

const probePods = ({ cluster }: PullScenario): Pod[] =>
  cluster.kubernetes.podsCreated.filter(({ metadata }) => metadata.name.startsWith('attach-acr-probe-'))

const accountsOf = (scenario: PullScenario) => probePods(scenario).map(({ spec }) => spec.serviceAccountName)

describe('that a cluster pulls as service accounts', () => {
  it.for(['aks-pull', '*', 'by ID'])('is read once, from a preview version (%s)', async (named, { begin }) => {
    const scenario = letAccountsPull(await begin())
    const { cluster } = scenario
    const end = await scenario.attach({ mode: 'check', cluster: named === 'by ID' ? cluster.id : named })
    expect(armRequests(end, 'GET').filter(isPreview)).toHaveLength(1)
    expect(findingsOf(end, 'SERVICE_ACCOUNT_PULL')).toMatchObject([{ subject: cluster.id, severity: 'warning' }])
    expect(advisedCommands(end)).toContain(
      `az rest --method get --url '${cluster.id}?api-version=${version}' \\\n  --query properties.securityProfile.serviceAccountImagePullProfile`,
    )
  })

  it('costs attach nothing, unless nodes pull', async ({ begin }) => {
    const scenario = letAccountsPull(await begin())
    const end = await scenario.attach({ cluster: 'aks-pull' })
    expect(end.requests.filter(isPreview)).toEqual([])
    expect(findingsOf(end, 'SERVICE_ACCOUNT_PULL')).toEqual([])
  })

  it('is read while the cluster is', async ({ begin }) => {
    const scenario = letAccountsPull(await begin())
    const { simulator } = scenario
    const path = /\/managedClusters\/aks-pull$/
    const areBoth = () => whenRequested(simulator, request => request.path.endsWith('/managedClusters/aks-pull'), 2)
    simulator.faults.add({ method: 'GET', path, until: areBoth, times: 2 })
    const end = await scenario.attach({ mode: 'check', cluster: 'aks-pull' })
    expect(findingsOf(end, 'SERVICE_ACCOUNT_PULL')).toHaveLength(1)
  })

  it('is unknown if Azure no longer has that version, and only a note', async ({ begin }) => {
    const scenario = letPull(await begin())
    const error = { code: 'NoRegisteredProviderFound', message: 'No registered resource provider found.' }
    scenario.simulator.faults.add({
      method: 'GET',
      path: /\/managedClusters\/aks-prod-1$/,
      version,
      status: 400,
      body: { error },
      times: Infinity,
    })
    const end = await scenario.pull({ timeout: '90s' })
    expectProven(end, scenario)
    expect(end.report.findings).toEqual([])
    expect(end.report.notes).toContainEqual(expect.stringContaining('aks-prod-1'))
  })
})

describe('a probe pod', () => {
  it('runs as probe-service-account, without its token', async ({ begin }) => {
    const scenario = letAccountsPull(await begin())
    addAccount(scenario, 'web')
    const end = await scenario.pull({ timeout: '90s', 'probe-service-account': 'web' })
    expectProven(end, scenario)
    expect(accountsOf(scenario)).toEqual(['web'])
    expect(probePods(scenario)).toMatchObject([{ spec: { automountServiceAccountToken: false } }])
    expect(pulls(end)).toMatchObject([{ serviceAccount: 'web', verdict: 'pulled' }])
    expect(findingsOf(end, 'SERVICE_ACCOUNT_PULL')).toHaveLength(1)
  })

  it('runs as the account that the workload names', async ({ begin }) => {
    const scenario = letAccountsPull(await begin())
    for (const name of ['web', 'api']) addAccount(scenario, name)
    scenario.registry.images.push('team/api', 'v2')
    const acr = 'contosoacr.azurecr.io/team'
    const manifests = deployEach(
      [`${acr}/app:v1`, 'serviceAccountName: web'],
      [`${acr}/app:v1`, 'serviceAccountName: api'],
      [`${acr}/api:v2`, 'serviceAccountName: api'],
    )
    const end = await scenario.pull({ timeout: '90s', manifests, 'probe-image': '' })
    expectProven(end, scenario)
    expect(accountsOf(scenario).sort()).toEqual(['api', 'web'])
    expect(
      pulls(end)
        .map(({ image, serviceAccount }) => [image, serviceAccount])
        .sort(),
    ).toEqual([
      [`${acr}/api:v2`, 'api'],
      [`${acr}/app:v1`, 'api'],
      [`${acr}/app:v1`, 'web'],
    ])
  })
})

describe('pull secrets of the account', () => {
  it('open the gate, but prove no identity', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, registry, cluster } = scenario
    const client = world.directory.addServicePrincipal('puller', 'Application', { secrets: ['a-secret'] })
    world.assignRole({ principalId: client.objectId, role: 'AcrPull', scope: registry.id })
    const credential = { server: 'contosoacr.azurecr.io', username: client.clientId, password: 'a-secret' }
    cluster.kubernetes.addPullSecret('default', 'acr', credential)
    cluster.kubernetes.addServiceAccount('default', 'web', { pullSecrets: ['acr'] })
    const end = await scenario.pull({ timeout: '90s', 'probe-service-account': 'web' })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled', serviceAccount: 'web' }])
    expect(cluster.kubernetes.pulls.map(({ credential: used }) => used)).toEqual([{ secret: 'acr' }])
    expect(findingsOf(end, 'SERVICE_ACCOUNT_PULL')).toMatchObject([{ subject: cluster.id, severity: 'notice' }])
  })
})
