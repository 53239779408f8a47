import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { connect } from 'azure-simulator/client'
import { held, roleIds } from '../../support/estate.js'
import { entriesOf, kilobytes, noteLoads } from '../../support/loads.js'
import { expectAttached, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

const toGithub = ({ requests }: StepEnd) => requests.filter(({ host }) => host.endsWith('githubusercontent.com'))
const toEntra = ({ requests }: StepEnd) => requests.filter(({ host }) => host.startsWith('login.'))
const toMachine = ({ requests }: StepEnd) =>
  requests.filter(({ host, query }) => host === machineHost && query.resource)
const machineHost = '169.254.169.254'

/** For a job without permission to request ID tokens and without secrets: only the subscription is set. */
const bare = (scenario: Scenario) => ({
  environment: {
    AZURE_CLIENT_ID: '',
    AZURE_TENANT_ID: '',
    AZURE_SUBSCRIPTION_ID: scenario.subscription.subscriptionId,
    ACTIONS_ID_TOKEN_REQUEST_URL: '',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: '',
  },
})

describe('auth-type: managed-identity', () => {
  const inputs = { 'auth-type': 'managed-identity' }

  it('signs in as the system-assigned identity of the runner', async ({ begin }) => {
    const scenario = await begin({ machine: ({ deployer }) => ({ systemAssigned: deployer }) })
    const { attach, cluster, registry } = scenario
    const end = await attach(inputs, bare(scenario))
    expectAttached(end, { changed: true })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(toGithub(end)).toEqual([])
    expect(toEntra(end)).toEqual([])
    expect(toMachine(end)).toMatchObject([{ query: { resource: 'https://management.azure.com' } }])
  })

  it('signs in as the user-assigned identity that client-id names', async ({ begin }) => {
    const scenario = await begin({
      machine: ({ group, world, registry }) => {
        const [runner, other] = ['id-runner', 'id-other'].map(name => group.addUserAssignedIdentity(name))
        if (!runner || !other) return {}
        for (const [role, scope] of [
          ['Reader', group.id],
          ['Role Based Access Control Administrator', registry.id],
        ] as const)
          world.assignRole({ principalId: runner.objectId, role, scope })
        return { userAssigned: [runner, other] }
      },
    })
    const { attach, world } = scenario
    const runner = world.resources.find(({ name }) => name === 'id-runner')
    const clientId = String(runner?.body.properties.clientId)
    const end = await attach({ ...inputs, 'client-id': clientId }, bare(scenario))
    expectAttached(end, { changed: true })
    expect(toMachine(end)).toMatchObject([{ caller: 'id-runner', query: { client_id: clientId } }])
  })

  it('is interrupted if the job is cancelled', async ({ begin }) => {
    const scenario = await begin({ machine: ({ deployer }) => ({ systemAssigned: deployer }) })
    scenario.simulator.faults.add({ host: machineHost, delayMs: 20_000, times: Infinity })
    const isAsked = ({ host }: { host: string }) => host === machineHost
    const end = await scenario.attach(inputs, { ...bare(scenario), cancel: { when: isAsked } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
  })
})

describe('auth-type: azure-cli', () => {
  const inputs = { 'auth-type': 'azure-cli' }
  const folders: string[] = []
  afterAll(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })

  /** A folder with an `az` that runs this shell script, and records its arguments in `calls`. */
  function fakeAz(script?: string) {
    const folder = mkdtempSync(join(tmpdir(), 'az-'))
    folders.push(folder)
    const az = join(folder, 'az')
    if (script !== undefined) {
      writeFileSync(az, `#!/bin/sh\necho "$*" >> ${folder}/calls\n${script}\n`)
      chmodSync(az, 0o755)
    }
    const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    return { folder, calls }
  }

  /** An `az` that is signed in as the deployer: it has a token for each resource, in the format of `az account get-access-token`. */
  async function signedIn({ simulator, deployer, world, subscription }: Scenario) {
    const client = connect(simulator)
    const print = async (resource: string): Promise<string> => {
      const expiresOn = new Date(Date.now() + 3_599_000)
      return JSON.stringify({
        accessToken: await client.signIn(deployer, resource),
        expiresOn: expiresOn.toISOString().replace('T', ' ').replace('Z', '000'),
        expires_on: Math.floor(expiresOn.getTime() / 1000),
        subscription: subscription.subscriptionId,
        tenant: world.tenantId,
        tokenType: 'Bearer',
      })
    }
    const [forArm, forGraph] = [
      await print(`https://${world.cloud.armHost}`),
      await print(`https://${world.cloud.graphHost}`),
    ]
    return `case "$*" in\n*graph*) echo '${forGraph}';;\n*) echo '${forArm}';;\nesac`
  }

  const withPath = (scenario: Scenario, folder: string) => ({
    environment: { ...bare(scenario).environment, PATH: folder },
  })

  it('uses the identity that is signed in to the Azure CLI', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry } = scenario
    const { folder, calls } = fakeAz(await signedIn(scenario))
    const loads = noteLoads()
    const start = withPath(scenario, folder)
    const end = await attach(inputs, { ...start, environment: { ...start.environment, ...loads.environment } })
    expectAttached(end, { changed: true })
    // Without MSAL, which is a quarter of what a run with GitHub's ID token loads.
    expect(entriesOf(loads.loaded())).toEqual(expect.arrayContaining(['sign-in.js', 'azure-cli.js']))
    expect(kilobytes(loads.loaded())).toBeLessThan(620)
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(toGithub(end)).toEqual([])
    expect(toEntra(end)).toEqual([])
    // One call per token, however many requests use it.
    expect(calls()).toEqual(['account get-access-token --output json --resource https://management.azure.com'])
    expect(end.stdout).toContain('::add-mask::eyJ')
  })

  it('starts az without the inputs and without permission to request ID tokens', async ({ begin }) => {
    const scenario = await begin()
    const { folder } = fakeAz(`export -p > "$(dirname "$0")/environment"\n${await signedIn(scenario)}`)
    const token = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' }
    const start = withPath(scenario, `${folder}:/usr/bin:/bin`)
    const end = await scenario.attach(
      { ...inputs, 'github-token': 'ghs_secret' },
      { ...start, environment: { ...start.environment, ...token } },
    )
    expectAttached(end, { changed: true })
    const environment = readFileSync(join(folder, 'environment'), 'utf8')
    expect(environment).toContain('PATH=')
    expect(environment).not.toMatch(/INPUT_|ACTIONS_ID_TOKEN_REQUEST_|ghs_secret|request-token/)
  })

  it('uses the given tenant, and a separate token for Microsoft Graph', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group } = scenario
    world.grantGraphPermission(deployer, 'Application.Read.All')
    group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    const { folder, calls } = fakeAz(await signedIn(scenario))
    const end = await attach({ ...inputs, cluster: 'aks-old', 'tenant-id': world.tenantId }, withPath(scenario, folder))
    expectAttached(end, { changed: true })
    expect(calls()).toEqual(
      ['management.azure', 'graph.microsoft'].map(
        host => `account get-access-token --output json --resource https://${host}.com --tenant ${world.tenantId}`,
      ),
    )
  })

  it.for([
    ['there is no Azure CLI', undefined],
    ['nobody is signed in', `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`],
    ['it prints something else', `echo 'Welcome!'`],
  ] as const)('fails if %s', async ([, script], { begin }) => {
    const scenario = await begin()
    const { folder } = fakeAz(script)
    const end = await scenario.attach(inputs, withPath(scenario, folder))
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.report.error?.fix.commands).toEqual(['az account show'])
    expect(end.requests).toEqual([])
  })
})
