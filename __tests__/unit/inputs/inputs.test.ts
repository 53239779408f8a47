import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readManifest } from 'azure-simulator/runner/step'
import { readInputs } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, inputGuid, inputIds, readClusterInputs, readProblems } from '../../support/inputs.js'

const guid = inputGuid
const { cluster: clusterId, registry: registryId } = inputIds

const folder = mkdtempSync(join(tmpdir(), 'inputs-'))
const manifestFile = join(folder, 'app.yaml')
writeFileSync(
  manifestFile,
  'kind: Pod\nmetadata: { name: app }\nspec: { containers: [{ image: contosoacr.azurecr.io/team/app:v1 }] }\n',
)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

beforeEach(giveDefaults)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('inputs', () => {
  it('have the defaults of the manifest', async () => {
    expect(await readInputs()).toMatchObject({
      mode: 'attach',
      auth: { type: 'oidc', clientId: guid, tenantId: guid, audience: 'api://AzureADTokenExchange' },
      cloud: { name: 'AzureCloud' },
      subscriptionId: '',
      verify: 'assignment',
      timeoutMs: 900_000,
      concurrency: 8,
    })
  })

  it('have the same defaults without action.yml, as when other tools run it', async () => {
    for (const name of Object.keys(readManifest().inputs))
      if (!['client-id', 'tenant-id', 'cluster', 'registry'].includes(name)) give(name, '')
    expect(await readInputs()).toMatchObject({
      mode: 'attach',
      verify: 'assignment',
      timeoutMs: 900_000,
      concurrency: 8,
    })
  })

  it.each([
    ['azurecloud', 'AzureCloud', 'api://AzureADTokenExchange'],
    ['AZUREUSGOVERNMENT', 'AzureUSGovernment', 'api://AzureADTokenExchangeUSGov'],
    ['AzureChinaCloud', 'AzureChinaCloud', 'api://AzureADTokenExchangeChina'],
  ])('know the cloud %s and its audience', async (given, name, audience) => {
    give('environment', given)
    expect(await readInputs()).toMatchObject({ cloud: { name }, auth: { audience } })
  })

  it('distinguish clusters and registries by ID, by name and by login server', async () => {
    give('subscription-id', guid)
    give('resource-group', 'rg')
    give('cluster', `aks-1\n${clusterId}`)
    give('registry', `contosoacr\nContoso1-abc2.AzureCR.io\n${registryId.toUpperCase()}`)
    const { clusters, registries } = await readClusterInputs()
    expect(clusters).toMatchObject([
      { kind: 'name', text: 'aks-1', resourceGroup: 'rg' },
      { kind: 'id', id: { name: 'aks' } },
    ])
    expect(registries).toMatchObject([
      { kind: 'name', text: 'contosoacr' },
      { kind: 'login-server', text: 'contoso1-abc2.azurecr.io' },
      { kind: 'id', id: { name: 'CONTOSOACR' } },
    ])
  })

  it('convert a regional endpoint to the login server of its registry', async () => {
    give('subscription-id', guid)
    give('registry', 'ContosoACR.EastUS.geo.azurecr.io\ncontoso1-abc2.westeurope.geo.azurecr.io')
    expect((await readClusterInputs()).registries).toEqual([
      { kind: 'login-server', text: 'contosoacr.azurecr.io' },
      { kind: 'login-server', text: 'contoso1-abc2.azurecr.io' },
    ])
  })

  it('need a subscription only for lookups by name', async () => {
    give('cluster', 'aks-1')
    expect(await readProblems()).toEqual([expect.stringContaining('in which to look up "aks-1"')])
    vi.stubEnv('AZURE_SUBSCRIPTION_ID', guid)
    expect(await readProblems()).toEqual([])
  })

  it('configure which images are pulled, and how', async () => {
    give('verify', 'pull')
    give('probe-image', 'team/app:v1\nnginx@sha256:0123456789abcdef0123456789abcdef\nnginx')
    give('probe-with', 'run-command')
    give('probe-nodes', 'all')
    give('probe-namespace', 'probes')
    give('manifests', manifestFile)
    expect(await readInputs()).toMatchObject({
      verify: 'pull',
      probeImages: ['team/app:v1', 'nginx@sha256:0123456789abcdef0123456789abcdef', 'nginx'].map(path => ({
        text: path,
        loginServer: '',
        path,
      })),
      manifests: [{ image: 'contosoacr.azurecr.io/team/app:v1', resource: 'Pod app' }],
      probeWith: 'run-command',
      probeNodes: 'all',
      probeNamespace: 'probes',
      probeServiceAccount: '',
      images: [],
    })
  })

  it('accept probe images with the login server of a registry, or one of its regional endpoints', async () => {
    give('registry', 'contosoacr\nfabrikam-a1b2.azurecr.io\n' + registryId)
    const named = [
      'Contosoacr.azurecr.io',
      'contosoacr-a1b2.azurecr.io',
      'contosoacr.westeurope.geo.azurecr.io',
      'fabrikam-a1b2.azurecr.io',
    ]
    give('probe-image', named.map(host => `${host}/app:v1`).join('\n'))
    const { probeImages } = await readClusterInputs()
    expect(probeImages.map(({ loginServer }) => loginServer)).toEqual([
      'contosoacr.azurecr.io',
      'contosoacr-a1b2.azurecr.io',
      'contosoacr.azurecr.io',
      'fabrikam-a1b2.azurecr.io',
    ])
    expect(probeImages.map(({ path }) => path)).toEqual(named.map(() => 'app:v1'))
  })

  it('replace verify: pull by assignment when detaching, and report it', async () => {
    give('mode', 'detach')
    give('verify', 'pull')
    give('manifests', 'k8s')
    expect(await readInputs()).toMatchObject({
      verify: 'assignment',
      manifests: [],
      ignored: [expect.stringContaining('manifests'), expect.stringContaining('verify: pull')],
    })
  })
})

describe('the inputs of merge', () => {
  beforeEach(() => {
    for (const name of ['client-id', 'tenant-id', 'cluster', 'registry']) give(name, '')
    give('mode', 'merge')
    give('github-token', 'token')
  })

  it('are limited to those about reports', async () => {
    give('reports', 'drift-reports')
    give('fleet', '[{"cluster":"*"}]')
    give('drift-issue', 'true')
    expect(await readInputs()).toEqual({
      mode: 'merge',
      reports: 'drift-reports',
      fleet: [{ cluster: '*' }],
      ignored: [],
      failOnDrift: true,
      jobSummary: true,
      reportHtml: false,
      driftIssue: 'true',
      githubToken: 'token',
    })
  })

  it('are ignored in the other modes, which is reported', async () => {
    for (const name of ['client-id', 'tenant-id']) give(name, guid)
    give('cluster', clusterId)
    give('registry', registryId)
    give('mode', 'check')
    give('reports', 'drift-reports')
    expect(await readInputs()).toMatchObject({ ignored: [expect.stringMatching(/^reports .*\bcheck\b/)] })
  })
})
