import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { manifest } from '../../scripts/action-runner.js'
import { ActionError } from '../../src/errors.js'
import { readInputs } from '../../src/inputs.js'

const guid = '11111111-2222-4333-8444-555555555555'
const clusterId = `/subscriptions/${guid}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks`
const registryId = `/subscriptions/${guid}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contosoacr`

beforeEach(() => {
  for (const [name, { default: preset = '' }] of Object.entries(manifest.inputs)) give(name, preset)
  give('client-id', guid)
  give('tenant-id', guid)
  give('cluster', clusterId)
  give('registry', registryId)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

function give(name: string, value: string): void {
  vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
}

/** The problems that readInputs reports, one a line. */
function problems(): string[] {
  try {
    readInputs()
    return []
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    return (error.fix ?? '').split('\n').slice(1)
  }
}

describe('inputs', () => {
  it('have the defaults of the manifest', () => {
    expect(readInputs()).toMatchObject({
      mode: 'attach',
      auth: { type: 'oidc', clientId: guid, tenantId: guid, audience: 'api://AzureADTokenExchange' },
      cloud: { name: 'AzureCloud' },
      subscriptionId: '',
      verify: 'assignment',
      timeoutMs: 900_000,
      concurrency: 8,
    })
  })

  it('have the same defaults where the manifest gives none, as in tests of other tools', () => {
    for (const name of Object.keys(manifest.inputs))
      if (!['client-id', 'tenant-id', 'cluster', 'registry'].includes(name)) give(name, '')
    expect(readInputs()).toMatchObject({ mode: 'attach', verify: 'assignment', timeoutMs: 900_000, concurrency: 8 })
  })

  it.each([
    ['azurecloud', 'AzureCloud', 'api://AzureADTokenExchange'],
    ['AZUREUSGOVERNMENT', 'AzureUSGovernment', 'api://AzureADTokenExchangeUSGov'],
    ['AzureChinaCloud', 'AzureChinaCloud', 'api://AzureADTokenExchangeChina'],
  ])('know the cloud %s and its audience', (given, name, audience) => {
    give('environment', given)
    expect(readInputs()).toMatchObject({ cloud: { name }, auth: { audience } })
  })

  it('tell clusters and registries given by ID, by name and by login server', () => {
    give('subscription-id', guid)
    give('resource-group', 'rg')
    give('cluster', `aks-1\n${clusterId}`)
    give('registry', `contosoacr\nContoso1-abc2.AzureCR.io\n${registryId.toUpperCase()}`)
    const { clusters, registries } = readInputs()
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

  it.each(['a', 'Z9', 'a-b_c', 'a'.repeat(63)])('take %s for the name of a cluster', name => {
    give('subscription-id', guid)
    give('cluster', name)
    expect(problems()).toEqual([])
  })

  it.each(['-a', 'a-', 'a b', 'a.b', 'a/b', 'a'.repeat(64), '**'])('do not take %s for the name of a cluster', name => {
    give('subscription-id', guid)
    give('cluster', name)
    expect(problems()).toHaveLength(1)
  })

  it.each(['abcd', 'a'.repeat(51), 'my-registry', 'contosoacr.azurecr.us', 'contosoacr.azurecr.io/app', 'docker.io'])(
    'do not take %s for a registry',
    name => {
      give('subscription-id', guid)
      give('registry', name)
      expect(problems()).toHaveLength(1)
    },
  )

  it('say of which cloud a login server is not', () => {
    give('subscription-id', guid)
    give('registry', 'contosoacr.azurecr.cn')
    expect(problems()[0]).toContain('contosoacr.azurecr.cn is not of AzureCloud')
  })

  it('do not mix up the types of resource IDs', () => {
    give('cluster', registryId)
    give('registry', clusterId)
    expect(problems()).toEqual([expect.stringMatching(/^ {2}cluster: /), expect.stringMatching(/^ {2}registry: /)])
  })

  it('need a subscription only for what is looked up', () => {
    give('cluster', 'aks-1')
    expect(problems()).toEqual([expect.stringContaining('to look up "aks-1" in')])
    vi.stubEnv('AZURE_SUBSCRIPTION_ID', guid)
    expect(problems()).toEqual([])
  })

  it.each(
    Object.entries({
      verify: 'pull',
      'probe-image': 'a:b',
      'probe-with': 'kubectl',
      'probe-nodes': 'all',
      'probe-namespace': 'probes',
      manifests: '*.yaml',
    }),
  )('refuse %s: %s, which is of a later version', (name, value) => {
    give(name, value)
    expect(problems()).toEqual([
      expect.stringMatching(new RegExp(`^ {2}${name}: found .*; accepted: .*this version does not support`)),
    ])
  })

  it('need a group for assign-directly', () => {
    give('on-timeout', 'assign-directly')
    expect(problems()).toEqual([expect.stringContaining('assign-directly goes with group only')])
    give('group', guid)
    expect(problems()).toEqual([])
  })

  it('are content with a kubelet identity and no cluster', () => {
    give('cluster', '')
    expect(problems()).toEqual([expect.stringContaining('or else kubelet-identity')])
    give(
      'kubelet-identity',
      clusterId.replace('ContainerService/managedClusters', 'ManagedIdentity/userAssignedIdentities'),
    )
    expect(problems()).toEqual([])
  })

  it.each(['Team/app', 'team/', '/team', 'team/*/app', '*'])('take no repository like %s', repository => {
    give('repositories', repository)
    expect(problems()).toEqual([expect.stringMatching(/^ {2}repositories: found ".*"; accepted: a repository/)])
  })

  it('never show a password', () => {
    give('source-password', 'hunter2')
    expect(problems().join('\n')).not.toContain('hunter2')
  })

  it('check the values of inputs that later versions use', () => {
    give('probe-with', 'ssh')
    give('probe-nodes', 'some')
    give('fail-on-drift', 'maybe')
    expect(problems()).toHaveLength(3)
  })
})
