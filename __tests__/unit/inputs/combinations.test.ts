import { beforeEach, describe, expect, it } from 'vitest'
import { readInputs } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, inputGuid, inputIds, readClusterInputs, readProblems } from '../../support/inputs.js'

beforeEach(giveDefaults)

/** Gives several inputs. */
function giveAll(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) give(name, value)
}

const group = inputGuid.replace('1111', '2222')

describe('a detach', () => {
  it('leaves no group: that of the inputs is ignored, with a warning', async () => {
    giveAll({ mode: 'detach', repositories: 'team/app', group })
    expect(await readInputs()).toMatchObject({ group: '', ignored: [expect.stringMatching(/^group is ignored/)] })
  })

  it('names each registry, because * could remove access to every one', async () => {
    giveAll({ mode: 'detach', registry: '*', 'subscription-id': inputGuid })
    expect(await readProblems()).toEqual([
      '  registry: found *; expected names or resource IDs when mode is detach, because * could remove access to every registry',
    ])
  })

  it('reads no manifests, and does not need them', async () => {
    giveAll({ mode: 'detach', manifests: 'gone/*.yaml' })
    expect(await readClusterInputs()).toMatchObject({
      manifests: [],
      manifestDoubts: [],
      manifestGlobs: ['gone/*.yaml'],
    })
  })
})

describe('a subscription', () => {
  it.each([
    ['*', inputIds.cluster, '"*"'],
    ['contosoacr', inputIds.cluster, undefined],
    [inputIds.registry, '*', '"*"'],
    [inputIds.registry, inputIds.cluster, undefined],
  ])('is needed to list registries (%s) and to find clusters (%s)', async (registry, cluster, text) => {
    giveAll({ registry, cluster })
    const expected = `a subscription ID, here or in AZURE_SUBSCRIPTION_ID, in which to look up ${text ?? ''}; or only resource IDs`
    expect(await readProblems()).toEqual(text ? [`  subscription-id: empty; expected ${expected}`] : [])
  })
})

describe('a cluster outside of Azure', () => {
  const id = (provider: string) => `/subscriptions/${inputGuid}/resourceGroups/rg/providers/${provider}/aks`
  const connected = id('Microsoft.Kubernetes/connectedClusters')

  it.each([
    [connected, 'this is an Arc-enabled cluster'],
    [
      `${connected}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default`,
      'this is an AKS cluster on Azure Local',
    ],
  ])('is rejected with the reason: %s', async (cluster, why) => {
    give('cluster', cluster)
    expect(await readProblems()).toEqual([
      expect.stringContaining(
        `expected AKS clusters in Azure; ${why}, whose nodes have no kubelet identity that a role could be assigned to: they pull with pull secrets`,
      ),
    ])
  })

  it('is no reason for another input', async () => {
    give('registry', connected)
    expect(await readProblems()).toEqual([
      expect.stringContaining(
        'expected /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerRegistry',
      ),
    ])
  })
})

describe('the images of workloads', () => {
  it('are pulled only if asked for, together with others', async () => {
    giveAll({ verify: 'pull', workloads: '*', 'probe-image': 'workloads\nteam/app:v1' })
    expect(await readClusterInputs()).toMatchObject({ probesWorkloads: true, probeImages: [{ path: 'team/app:v1' }] })
    give('probe-image', 'team/app:v1\nworkloads:v1')
    const inputs = await readClusterInputs()
    expect(inputs).not.toHaveProperty('probesWorkloads')
    expect(inputs.probeImages.map(({ path }) => path)).toEqual(['team/app:v1', 'workloads:v1'])
  })

  it.each([
    ['pull', '', 1],
    ['pull', 'shop', 0],
    ['assignment', '', 0],
  ])('need the input workloads with verify: %s and workloads: "%s"', async (verify, workloads, count) => {
    giveAll({ verify, workloads, 'probe-image': 'workloads' })
    expect(await readProblems()).toEqual(
      Array(count).fill(
        '  probe-image: found "workloads"; expected the input workloads, too; or workloads:TAG, if a repository has that name',
      ),
    )
  })

  it('may be in the repositories that access is limited to, as may those of manifests', async () => {
    giveAll({ verify: 'pull', repositories: 'team/*', workloads: '*', 'probe-image': 'workloads' })
    expect(await readProblems()).toEqual([])
    // The manifests are the problem, not that there is nothing to pull.
    giveAll({ 'probe-image': '', manifests: 'gone/*.yaml' })
    expect(await readProblems()).toEqual([expect.stringMatching(/^ {2}manifests: /)])
    give('manifests', '')
    expect(await readProblems()).toEqual([expect.stringMatching(/^ {2}probe-image: empty/)])
  })
})

describe('probes', () => {
  it.each([
    ['team-a/web:v1', 'team-a/*', 0],
    [`team-a/web@sha256:${'a'.repeat(64)}`, 'team-a/web', 0],
    ['team-b/api:v1', 'team-a/*\nteam-c/app', 1],
    ['team-a:v1', 'team-a/*', 1],
    ['contosoacr.azurecr.io/team-b/api', 'team-a/*', 1],
    ['contosoacr.azurecr.io/team-a/api', 'team-a/*', 0],
  ])('must be in the repositories that access is limited to: %s in %j', async (image, repositories, count) => {
    giveAll({ verify: 'pull', repositories, 'probe-image': image })
    const limit = repositories.replace('\n', ' and ')
    const problem = `  probe-image: found "${image}"; expected an image in the repositories that access is limited to: ${limit}`
    expect(await readProblems()).toEqual(Array(count).fill(problem))
    // Without a pull, nothing is refused.
    give('verify', 'assignment')
    expect(await readProblems()).toEqual([])
  })

  it('can pull from any registry of a group, but not from one of another cloud', async () => {
    giveAll({ registry: '*', 'subscription-id': inputGuid, 'probe-image': 'whatever.azurecr.io/app:v1' })
    expect((await readClusterInputs()).probeImages).toEqual([
      { text: 'whatever.azurecr.io/app:v1', loginServer: 'whatever.azurecr.io', path: 'app:v1' },
    ])
    give('probe-image', 'whatever.azurecr.cn/app:v1')
    expect(await readProblems()).toHaveLength(1)
  })

  it('run in the namespace default unless another one is given, and as the given account', async () => {
    giveAll({ 'probe-namespace': '', 'probe-service-account': 'shop.api' })
    expect(await readClusterInputs()).toMatchObject({ probeNamespace: 'default', probeServiceAccount: 'shop.api' })
    give('probe-service-account', 'Shop')
    expect(await readProblems()).toEqual([
      '  probe-service-account: found "Shop"; expected the name of a service account in probe-namespace: lower-case letters, digits, - and .',
    ])
  })
})

describe('where the result is shown', () => {
  it.each([
    ['', '', true, false],
    ['false', 'true', false, true],
    ['true', 'false', true, false],
  ])('follows job-summary: "%s" and report-html: "%s"', async (summary, html, jobSummary, reportHtml) => {
    giveAll({ mode: 'check', 'job-summary': summary, 'report-html': html })
    expect(await readInputs()).toMatchObject({ jobSummary, reportHtml, ignored: [] })
  })

  it('is no HTML file where there is no check, which is reported', async () => {
    give('report-html', 'true')
    expect((await readInputs()).ignored).toEqual(['report-html is ignored when mode is attach.'])
    giveAll({ mode: 'merge', reports: 'reports' })
    expect((await readInputs()).ignored).toEqual([])
  })
})

describe('filters of *', () => {
  it('are read without spaces around their parts, and can have an empty value', async () => {
    giveAll({ 'subscription-id': inputGuid, cluster: '*\n!  aks-old\nTAG: env =  prod \ntag:free=' })
    const { clusters } = await readClusterInputs()
    expect(clusters).toMatchObject([
      {
        kind: 'all',
        filters: [
          { kind: 'not', name: 'aks-old' },
          { kind: 'tag', key: 'env', value: 'prod' },
          { kind: 'tag', key: 'free', value: '' },
        ],
      },
    ])
  })

  it.each(['!', '!a b', 'tag:env', 'tag:=x'])('are not %s', async filter => {
    giveAll({ 'subscription-id': inputGuid, cluster: `*\n${filter}` })
    expect(await readProblems()).toEqual([
      `  cluster: found "${filter}"; expected !NAME, which leaves one out, or tag:KEY=VALUE, which keeps those with the tag`,
    ])
  })
})

it('the images of the inputs are named in their problems', async () => {
  giveAll({ images: 'Nginx:1', 'source-username': 'robot' })
  expect(await readProblems()).toEqual([
    expect.stringMatching(/^ {2}images: found "Nginx:1" in line 1; /),
    expect.stringMatching(/^ {2}source-password: empty/),
  ])
  giveAll({ images: 'nginx:1 => web:v1\nnginx:2 => web:v1', 'source-username': '' })
  expect(await readProblems()).toEqual([
    expect.stringMatching(/^ {2}images: .*in line 2; expected one source for web:v1/),
  ])
  giveAll({ images: 'nginx:1 => web:v1', 'force-import': '' })
  expect(await readClusterInputs()).toMatchObject({
    images: [{ text: 'nginx:1', repository: 'web', tag: 'v1' }],
    forceImport: false,
  })
})
