import { printFix } from '../../../src/model/fix.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { manifest } from '../../../simulator/runner/step.js'
import { ActionError } from '../../../src/model/error.js'
import { readInputs } from '../../../src/inputs/inputs.js'
import { pauseImage } from '../../../src/model/image.js'

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
    return printFix(error.fix).split('\n').slice(1)
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

  it('say what is pulled, and how', () => {
    give('verify', 'pull')
    give('probe-image', 'team/app:v1\nnginx@sha256:0123456789abcdef0123456789abcdef\nnginx')
    give('probe-with', 'run-command')
    give('probe-nodes', 'all')
    give('probe-namespace', 'probes')
    give('manifests', 'k8s/*.yaml')
    expect(readInputs()).toMatchObject({
      verify: 'pull',
      probeImages: ['team/app:v1', 'nginx@sha256:0123456789abcdef0123456789abcdef', 'nginx'],
      manifests: ['k8s/*.yaml'],
      probeWith: 'run-command',
      probeNodes: 'all',
      probeNamespace: 'probes',
      images: [],
    })
  })

  it('import a pause image only where nothing else is there to be pulled', () => {
    give('verify', 'pull')
    expect(readInputs().images).toEqual([pauseImage])
    for (const [name, value] of Object.entries({
      'probe-image': 'a',
      images: 'nginx',
      manifests: 'x',
      mode: 'detach',
    })) {
      give(name, value)
      expect(readInputs().images).not.toContain(pauseImage)
      give(name, '')
    }
  })

  it.each(['contosoacr.azurecr.io/app:v1', 'App:v1', 'app:', 'app@sha256:1', 'localhost:5000/app'])(
    'take no probe image like %s',
    image => {
      give('probe-image', image)
      expect(problems()).toEqual([expect.stringMatching(/^ {2}probe-image: found ".*"; accepted: repository/)])
    },
  )

  it.each(['Probes', 'a.b', '-x'])('take no namespace like %s', namespace => {
    give('probe-namespace', namespace)
    expect(problems()).toEqual([expect.stringMatching(/^ {2}probe-namespace: found/)])
  })

  it('need something within the repositories to pull', () => {
    give('verify', 'pull')
    give('repositories', 'team/*')
    expect(problems()).toEqual([expect.stringMatching(/^ {2}probe-image: found nothing; accepted: an image in one of/)])
    give('mode', 'detach')
    expect(problems()).toEqual([])
  })

  it('take a proof by pulling as what Azure reports when detaching, and say so', () => {
    give('mode', 'detach')
    give('verify', 'pull')
    give('manifests', 'k8s')
    expect(readInputs()).toMatchObject({
      verify: 'assignment',
      manifests: [],
      ignored: [expect.stringContaining('manifests'), expect.stringContaining('verify: pull')],
    })
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
    give('verify', 'pull')
    expect(problems()).toEqual([
      expect.stringMatching(/^ {2}verify: found pull; accepted: none or assignment; .*no nodes/),
    ])
  })

  it.each(['Team/app', 'team/', '/team', 'team/*/app', '*'])('take no repository like %s', repository => {
    give('repositories', repository)
    expect(problems()).toEqual([expect.stringMatching(/^ {2}repositories: found ".*"; accepted: a repository/)])
  })

  it('never show a password', () => {
    give('source-password', 'hunter2')
    expect(problems().join('\n')).not.toContain('hunter2')
  })

  it('check the values of each', () => {
    give('probe-with', 'ssh')
    give('probe-nodes', 'some')
    give('fail-on-drift', 'maybe')
    expect(problems()).toHaveLength(3)
  })
})
