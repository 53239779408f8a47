import { describe, expect } from 'vitest'
import { headlineOf, problemsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers'
const aCluster = `${group}/Microsoft.ContainerService/managedClusters/c`
const anIdentity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/i`

describe('bad input', () => {
  it('is reported all together, before any request', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({
      'client-id': 'gh-deployer',
      'tenant-id': '',
      environment: 'AzureGermanCloud',
      mode: 'Attach',
      cluster: '-wrong-\n/subscriptions/x',
      registry: 'a_b\nhttps://contosoacr.azurecr.io/app\ncontosoacr.azurecr.cn',
      verify: 'maybe',
      timeout: '15',
      concurrency: '0',
      'fail-on-drift': 'yes',
    })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    for (const [input, found, expected] of [
      ['client-id', '"gh-deployer"', 'GUID'],
      ['environment', '"AzureGermanCloud"', 'AzureCloud, AzureUSGovernment, AzureChinaCloud'],
      ['mode', '"Attach"', 'attach, detach, check, merge'],
      ['cluster', '"-wrong-"', 'AKS cluster'],
      [
        'cluster',
        '"/subscriptions/x"',
        '/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<name>',
      ],
      ['registry', '"a_b"', 'registry names'],
      ['registry', '"https://contosoacr.azurecr.io/app"', 'registry names'],
      ['registry', '"contosoacr.azurecr.cn"', ''],
      ['verify', '"maybe"', 'assignment, none, pull'],
      ['timeout', '"15"', '90s'],
      ['concurrency', '"0"', '1 to 64'],
      ['fail-on-drift', '"yes"', 'true or false'],
    ] as const) {
      const problem = problemsOf(end, input).find(line => line.includes(found))
      expect(problem, end.log).toContain(expected)
    }
    expect(end.annotations).toHaveLength(1)
    expect(end.annotations[0]?.message).toMatch(/^Invalid inputs: .*client-id.*concurrency/)
    // Each line once, in the annotation and in the log.
    for (const text of [end.annotations[0]?.message ?? '', end.log])
      expect(text.split('registry names (5 to 50 letters')).toHaveLength(2)
  })

  onceIt('includes names that are no inputs, which the runner only warns about', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ registries: 'contosoacr', registry: '', timeout: 'soon' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(headlineOf(end)).toBe(
      '✗ Invalid inputs: registries (not an input of this action; did you mean registry?), registry (empty), timeout (found "soon")',
    )
  })

  onceIt('like a typo of a choice is told with what was probably meant', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'atach', 'auth-type': 'azure-cl' })
    expectFailure(end, 'INVALID_INPUT')
    expect(headlineOf(end)).toBe(
      '✗ Invalid inputs: mode (found "atach"; did you mean attach?), auth-type (found "azure-cl"; did you mean azure-cli?)',
    )
    expect(end.annotations[0]?.message).toContain('mode: found "atach"; expected one of attach, detach, check, merge')
  })

  onceIt.for([
    ['cluster', 'aks-1, aks-2'],
    ['cluster', `${aCluster}, ${aCluster}`],
    ['registry', 'contosoacr,otheracr'],
    ['images', 'nginx:1.27, redis:7'],
    ['repositories', 'team/app, team/*'],
    ['kubelet-identity', `${anIdentity},${anIdentity}`],
    ['probe-image', 'team/app:v1, team/web:v1'],
    ['workloads', 'shop, web'],
    ['manifests', 'k8s-of-nobody/a.yaml, k8s-of-nobody/b.yaml'],
  ] as const)('like commas in %s (%s) is told as that', async ([input, value], { begin }) => {
    const { attach } = await begin()
    const end = await attach({ [input]: value })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, input)).toEqual([expect.stringContaining('expected one per line, not commas')])
    expect(end.requests).toEqual([])
  })

  onceIt.for([
    ['no cluster', { cluster: '' }, 'cluster', ''],
    ['no registry', { registry: '# none yet\n\n' }, 'registry', ''],
    ['* next to a name', { cluster: '*\naks-prod-1' }, 'cluster', '* and 1 more'],
    [
      'a wrong resource type',
      {
        cluster:
          '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v',
      },
      'cluster',
      '"/subscriptions/',
    ],
    ['a wrong resource group', { 'resource-group': 'rg/shop' }, 'resource-group', '"rg/shop"'],
    ['a timeout of nothing', { timeout: '0s' }, 'timeout', '"0s"'],
    ['a timeout beyond the longest job', { timeout: '200h' }, 'timeout', '"200h"'],
  ] as const)('like %s is refused', async ([, inputs, input, found], { begin }) => {
    const { attach } = await begin()
    const end = await attach(inputs)
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, input)).toEqual([expect.stringContaining(found)])
    expect(end.requests).toEqual([])
  })

  onceIt('like globs without a match is reported together with the others', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ timeout: 'soon', manifests: 'k8s-of-nobody/*.yaml\ncharts-of-nobody/*.yaml' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(end.annotations).toHaveLength(1)
    expect(problemsOf(end, 'manifests')).toEqual([
      expect.stringMatching(/"k8s-of-nobody\/\*\.yaml".*\.yaml, \.yml or \.json/),
      expect.stringMatching(/"charts-of-nobody\/\*\.yaml".*\.yaml, \.yml or \.json/),
    ])
    expect(problemsOf(end, 'timeout')).toEqual([expect.stringContaining('"soon"')])
  })

  onceIt('like a merge without reports is refused', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'merge', fleet: '[' })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'reports')).toEqual([expect.stringContaining('folder')])
    expect(problemsOf(end, 'fleet')).toEqual([expect.stringContaining('JSON')])
    expect(end.report.mode).toBe('merge')
  })

  onceIt('like a missing identity names the variables too', async ({ begin }) => {
    const { attach } = await begin()
    const environment = { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_SUBSCRIPTION_ID: 'not-a-guid' }
    const end = await attach({}, { environment })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'client-id')).toEqual([expect.stringContaining('AZURE_CLIENT_ID')])
    expect(problemsOf(end, 'tenant-id')).toEqual([expect.stringContaining('AZURE_TENANT_ID')])
    expect(problemsOf(end, 'subscription-id')).toEqual([expect.stringMatching(/"not-a-guid".*AZURE_SUBSCRIPTION_ID/)])
    expect(end.annotations[0]?.message).toContain('Stored as a secret? Then vars.AZURE_CLIENT_ID is empty')
  })

  onceIt('like a name without a subscription to look it up in is refused', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { AZURE_SUBSCRIPTION_ID: '' } })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'subscription-id')).toEqual([expect.stringContaining('"aks-prod-1"')])
  })
})

describe('good input', () => {
  it('can be quoted, commented and spread over lines', async ({ begin }) => {
    const { attach, cluster } = await begin()
    const end = await attach({
      cluster: `\n  # production\n  "aks-prod-1"  \r\n '${cluster.id}'\n`,
      registry: ' "contosoacr" ',
      environment: 'azurecloud',
      timeout: ' 1h30m ',
    })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(1)
  })

  it('can come as inputs instead of variables', async ({ begin }) => {
    const { attach, variables } = await begin()
    const { AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID } = variables
    const end = await attach(
      {
        'client-id': AZURE_CLIENT_ID.toUpperCase(),
        'tenant-id': AZURE_TENANT_ID,
        'subscription-id': AZURE_SUBSCRIPTION_ID,
      },
      { environment: { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_SUBSCRIPTION_ID: '' } },
    )
    expectAttached(end, { changed: true })
  })
})
