import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { maskSecrets, readInputs, readMode, readSignIn } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, inputGuid, inputIds, readClusterInputs } from '../../support/inputs.js'

beforeEach(giveDefaults)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('secret inputs', () => {
  it('are masked one by one, unless they are empty', () => {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
    give('source-password', 'hunter2-hunter2')
    give('github-token', '')
    maskSecrets()
    give('source-password', '')
    give('github-token', 'ghs_token')
    maskSecrets()
    vi.restoreAllMocks()
    const masked = written.join('').split(/\r?\n/)
    expect(masked).toContain('::add-mask::hunter2-hunter2')
    expect(masked).toContain('::add-mask::ghs_token')
    expect(masked).not.toContain('::add-mask::')
  })
})

describe('the mode', () => {
  it.each([
    ['detach', 'detach'],
    ['', 'attach'],
    ['remove', 'attach'],
  ])('"%s" is read as %s before all other inputs', (given, mode) => {
    give('mode', given)
    expect(readMode()).toBe(mode)
  })
})

describe('the sign-in', () => {
  const other = '99999999-2222-4333-8444-555555555555'

  it('can come from variables, with any audience', async () => {
    give('client-id', '')
    give('tenant-id', '')
    vi.stubEnv('AZURE_CLIENT_ID', inputGuid)
    vi.stubEnv('AZURE_TENANT_ID', other)
    give('audience', 'mine')
    const auth = { type: 'oidc', clientId: inputGuid, tenantId: other, audience: 'mine' }
    expect(await readInputs()).toMatchObject({ auth })
    give('environment', 'azureusgovernment')
    expect(readSignIn()).toMatchObject({ auth, cloud: { name: 'AzureUSGovernment' } })
  })

  it('needs no client through the Azure CLI, and no tenant as a managed identity', async () => {
    give('auth-type', 'azure-cli')
    give('client-id', '')
    give('tenant-id', '')
    expect((await readClusterInputs()).auth).toEqual({ type: 'azure-cli', tenantId: '' })
    give('auth-type', 'managed-identity')
    give('client-id', inputGuid)
    expect((await readClusterInputs()).auth).toEqual({ type: 'managed-identity', clientId: inputGuid })
  })

  it('is read and checked independently of the other inputs', () => {
    give('cluster', 'not/a/cluster')
    give('manifests', 'gone/*.yaml')
    expect(readSignIn().auth).toMatchObject({ type: 'oidc', clientId: inputGuid })
    give('client-id', 'x')
    expect(() => readSignIn()).toThrow(/^[^,]*: client-id \(found "x"\)\.[^,]*$/)
  })
})

describe('the target', () => {
  it.each([
    ['', { kind: 'auto' }],
    ['auto', { kind: 'auto' }],
    ['Reader and more', { kind: 'name', name: 'Reader and more' }],
    ['ABCDEF01-2222-4333-8444-555555555555', { kind: 'id', id: 'abcdef01-2222-4333-8444-555555555555' }],
  ])('with the role "%s" is %o', async (given, role) => {
    give('role', given)
    expect((await readClusterInputs()).role).toEqual(role)
  })

  it('can be registries that are created', async () => {
    expect(await readClusterInputs()).not.toHaveProperty('createRegistry')
    give('create-registry', 'Standard')
    give('location', 'westeurope')
    expect((await readClusterInputs()).createRegistry).toEqual({ sku: 'Standard', location: 'westeurope' })
  })

  it('can be all clusters of a group', async () => {
    give('subscription-id', inputGuid)
    give('resource-group', 'rg')
    give('cluster', '*')
    expect((await readClusterInputs()).clusters).toEqual([{ kind: 'all', text: '*', resourceGroup: 'rg', filters: [] }])
  })

  it('can be the identity of a future cluster, by its resource ID', async () => {
    give('kubelet-identity', inputIds.identity.toUpperCase())
    const { kubeletIdentities, clusters } = await readClusterInputs()
    expect(kubeletIdentities).toMatchObject([
      { kind: 'id', id: { name: 'ID-1', type: 'Microsoft.ManagedIdentity/userAssignedIdentities' } },
    ])
    expect(clusters).toHaveLength(1)
  })

  it.each([
    ['https://contosoacr.azurecr.io', 'contosoacr.azurecr.io'],
    ['HTTPS://contosoacr.azurecr.io//', 'contosoacr.azurecr.io'],
  ])('can be the registry with the address %s', async (given, text) => {
    give('registry', given)
    expect((await readClusterInputs()).registries).toEqual([{ kind: 'login-server', text }])
  })
})

describe('ignored inputs', () => {
  it('are reported by mode', async () => {
    give('drift-issue', 'true')
    give('github-token', 'token')
    give('fleet', '[]')
    expect((await readClusterInputs()).ignored).toEqual([
      'drift-issue is ignored when mode is attach.',
      'fleet is ignored when mode is attach.',
    ])
    give('mode', 'check')
    expect((await readClusterInputs()).ignored).toEqual(['fleet is ignored when mode is check.'])
  })

  it('in detach are images, manifests and verify: pull', async () => {
    give('mode', 'detach')
    expect((await readClusterInputs()).ignored).toEqual([])
    give('images', 'nginx:1.27')
    give('verify', 'none')
    expect(await readClusterInputs()).toMatchObject({
      ignored: ['images is ignored when mode is detach.'],
      verify: 'none',
    })
  })
})

describe('the drift issue', () => {
  it('is off and drift fails the step by default', async () => {
    give('drift-issue', '')
    give('fail-on-drift', '')
    expect(await readInputs()).toMatchObject({ driftIssue: '', failOnDrift: true, forceImport: false })
  })

  it.each([
    ['False', ''],
    ['TRUE', 'true'],
    ['production', 'production'],
    ['rg-eu: Nightly', 'rg-eu: Nightly'],
    ['é'.repeat(100), 'é'.repeat(100)],
  ])('belongs to a name, or to the step: %s', async (text, driftIssue) => {
    give('mode', 'check')
    give('drift-issue', text)
    expect(await readInputs()).toMatchObject({ driftIssue })
  })
})

describe('the fleet', () => {
  it.each([
    ['', []],
    ['[1, {"a": 2}]', [1, { a: 2 }]],
  ])('"%s" is %j', async (given, fleet) => {
    give('mode', 'merge')
    give('reports', 'reports')
    give('fleet', given)
    expect(await readInputs()).toMatchObject({ fleet })
  })
})
