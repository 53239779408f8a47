import { describe, expect } from 'vitest'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

describe('bad input', () => {
  it('is reported all at once, before any request', async ({ begin }) => {
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
    for (const line of [
      'client-id: found "gh-deployer"; expected a GUID',
      'environment: found "AzureGermanCloud"; expected one of AzureCloud, AzureUSGovernment, AzureChinaCloud',
      'mode: found "Attach"; expected one of attach, detach, check, merge',
      'cluster: found "-wrong-"; expected the name of an AKS cluster',
      'cluster: found "/subscriptions/x"; expected /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<name>',
      'registry: found "a_b"; expected registry names',
      'registry: found "https://contosoacr.azurecr.io/app"; expected registry names',
      'registry: found "contosoacr.azurecr.cn"; expected',
      'verify: found "maybe"; expected one of assignment, none, pull',
      'timeout: found "15"; expected a duration such as 90s',
      'concurrency: found "0"; expected a whole number from 1 to 64',
      'fail-on-drift: found "yes"; expected true or false',
    ])
      expect(end.log).toContain(`    ${line}`)
    expect(end.annotations).toHaveLength(1)
    expect(end.annotations[0]?.message).toMatch(/^Invalid inputs: .*client-id.*concurrency/)
  })

  onceIt.for([
    ['no cluster', { cluster: '' }, 'cluster: empty'],
    ['no registry', { registry: '# none yet\n\n' }, 'registry: empty'],
    ['* beside a name', { cluster: '*\naks-prod-1' }, 'cluster: found * and 1 more'],
    [
      'a wrong resource type',
      {
        cluster:
          '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v',
      },
      'cluster: found "/subscriptions/',
    ],
    ['a wrong resource group', { 'resource-group': 'rg/shop' }, 'resource-group: found "rg/shop"'],
    ['a timeout of nothing', { timeout: '0s' }, 'timeout: found "0s"'],
    ['a timeout beyond the longest job', { timeout: '200h' }, 'timeout: found "200h"'],
  ] as const)('like %s is refused', async ([, inputs, line], { begin }) => {
    const { attach } = await begin()
    const end = await attach(inputs)
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toContain(line)
    expect(end.requests).toEqual([])
  })

  onceIt('like globs that match nothing is told together with the others', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ timeout: 'soon', manifests: 'k8s-of-nobody/*.yaml\ncharts-of-nobody/*.yaml' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(end.annotations).toHaveLength(1)
    for (const line of [
      'manifests: found "k8s-of-nobody/*.yaml", which matches no .yaml, .yml or .json file',
      'manifests: found "charts-of-nobody/*.yaml", which matches no .yaml, .yml or .json file',
      'timeout: found "soon"; expected a duration',
    ])
      expect(end.log).toContain(line)
  })

  onceIt('like a merge without reports is refused', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'merge', fleet: '[' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toContain('reports: empty; expected the folder')
    expect(end.log).toContain('fleet: found text that is not JSON')
    expect(end.report.mode).toBe('merge')
  })

  onceIt('like a missing identity names the variables too', async ({ begin }) => {
    const { attach } = await begin()
    const environment = { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_SUBSCRIPTION_ID: 'not-a-guid' }
    const end = await attach({}, { environment })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toContain('here or in AZURE_CLIENT_ID')
    expect(end.log).toContain('here or in AZURE_TENANT_ID')
    expect(end.log).toContain('subscription-id: found "not-a-guid" in AZURE_SUBSCRIPTION_ID')
  })

  onceIt('like a name without a subscription to look it up in is refused', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { AZURE_SUBSCRIPTION_ID: '' } })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toContain('in which to look up "aks-prod-1"')
  })
})

describe('good input', () => {
  it('may be quoted, commented and spread over lines', async ({ begin }) => {
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

  it('may come as inputs instead of variables', async ({ begin }) => {
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
