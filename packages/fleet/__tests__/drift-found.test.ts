import { describe, expect, it } from 'vitest'
import { parseImageRequest } from 'azure'
import { ActionError, fix } from 'kernel'
import { findDrift, mergeDrifts, toReport, toReportJson, type Drift, type ReportJson } from 'report-document'
import { endImage, type Run, type CheckedImage } from 'run-model'
import { conclude } from 'run-report'
import { repositoryCondition } from 'repository-conditions'
import { readDrift } from '../src/read-drift.js'
import {
  readJson,
  driftOf,
  reportedGrant,
  reportedPair,
  type Operation,
} from '../../../__tests__/support/drift-report.js'
import { commandsOf, sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'
import {
  sampleContainer,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
} from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()
const digest = `sha256:${'a'.repeat(64)}`
const namesOf = (drift: Drift) =>
  (['items', 'unknown', 'fine'] as const).map(place => drift[place].map(({ name }) => name))

describe('the drift of a run', () => {
  const ended = (more: Partial<Run>) => {
    const inputs = { ...sampleInputs, mode: 'check' as const, workloads: { kind: 'all' as const, except: [] } }
    return toReport(conclude(sampleRun([samplePair({ operation: sampleOperation() })], { inputs, ...more })))
  }
  const imageOf = (text: string, status: CheckedImage<'input'>['status'], more: object = {}) => {
    const request = parseImageRequest(text)
    if (!request) throw new Error('it is an image')
    const image = { request: { ...request, ...more }, registry, present: { kind: 'missing' as const }, notes: [] }
    return endImage(image, { status, digest: status === 'present' ? digest : '' })
  }
  const gone = new ActionError('IMAGE_NOT_FOUND', 'It is gone', { fix: fix('Push it again.') })
  const lost = new ActionError('CLUSTER_NOT_FOUND', 'It was not found', {
    azure: { status: 404, code: 'ResourceNotFound', message: 'No.', correlationId: 'c', isForeign: false },
  })
  const manifest = (image: string, status: CheckedImage<'manifest'>['status']): CheckedImage<'manifest'> => ({
    wantedBy: 'manifest',
    registry,
    repository: 'web',
    reference: '1',
    digest: '',
    status,
    uses: [{ image, file: 'a.yaml', document: 1, resource: 'Pod a', field: 'spec' }],
    ...(status === 'missing' && { error: gone }),
  })
  const running = (status: CheckedImage<'workload'>['status']): CheckedImage<'workload'> => ({
    wantedBy: 'workload',
    registry,
    repository: 'api',
    reference: '1',
    runningDigest: digest,
    digest: '',
    status,
    uses: [sampleContainer({ image: 'contosoacr.azurecr.io/api:1', runningDigest: digest })],
  })
  const result = ended({
    observed: { ...sampleLost(lost, 'aks-lost') },
    images: [
      imageOf('docker.io/team/app:1', 'present'),
      imageOf('docker.io/team/app:2', 'missing'),
      // The one for probe pods, which the report only lists if something is known about it.
      imageOf('docker.io/team/probe:1', 'missing', { isProbe: true }),
      manifest('contosoacr.azurecr.io/web:1', 'missing'),
      manifest('contosoacr.azurecr.io/web:2', 'present'),
      running('gone'),
    ],
    workloads: [],
  })

  it('has everything that the run checked', () => {
    expect(namesOf(findDrift(result))).toEqual([
      ['aks-prod-1', 'api:1', 'contosoacr.azurecr.io/web:1', 'team/app:2', 'aks-lost'],
      [],
      ['team/app:1', 'contosoacr.azurecr.io/web:2'],
    ])
  })

  it('is the same for whoever reads its report', () => {
    const written = toReportJson(result)
    const spots = expect.any(Array) as Drift['spots']
    expect(readDrift(readJson(written), '')).toEqual({ ...findDrift(result), spots })
    expect([written.workloads?.length, ended({}).workloads]).toEqual([1, null])
    const withAccess = ended({ images: [running('present')], workloads: [] })
    expect(readDrift(readJson(toReportJson(withAccess)), '')).toEqual({ ...findDrift(withAccess), spots })
    expect(namesOf(findDrift(ended({})))).toEqual([['aks-prod-1'], [], []])
  })

  it('has the place where it looked for a cluster that was not found', () => {
    const clusters = [{ kind: 'name' as const, text: 'aks-lost', resourceGroup: 'rg-shop' }]
    const inputs = { ...sampleInputs, mode: 'check' as const, clusters, subscriptionId: 'abcd' }
    const { items } = findDrift(ended({ observed: sampleLost(lost, 'aks-lost'), inputs }))
    expect(items.map(({ name, where }) => [name, where])).toEqual([
      ['aks-prod-1', undefined],
      ['aks-lost', 'rg-shop, subscription …abcd'],
    ])
  })

  it('names the subscriptions of its spots as Azure does', () => {
    const pair = samplePair({ operation: sampleOperation() })
    const subscriptions = [{ id: '00000000-0000-0000-0000-00000000abcd', name: 'Contoso lab' }]
    const run = sampleRun([{ ...pair, target: { ...pair.target, id: sampleId('aks-1') } }], { subscriptions })
    expect(findDrift(toReport(conclude(run))).spots).toMatchObject([{ place: 'Contoso lab' }])
  })
})

describe('the items of a report', () => {
  it('have the registry that a pair with their login server has', () => {
    const image = 'contosoacr.azurecr.io/web:1'
    const manifests: ReportJson['manifests'] = [
      { image, registry: '/r', file: 'a.yaml', document: 1, resource: '', field: '', status: 'missing', error: null },
    ]
    const workloads: NonNullable<ReportJson['workloads']> = [
      {
        cluster: sampleId('aks-1'),
        namespace: 'shop',
        kind: 'Pod',
        name: 'api',
        container: 'api',
        pods: 1,
        image: image.replace('contosoacr', 'ContosoAcr'),
        runningDigest: null,
        registryDigest: null,
        status: 'gone',
      },
    ]
    const idsOf = (more: object) =>
      driftOf({
        pairs: [reportedPair('aks-1', { status: 'attached', lacks: [], ...more })],
        manifests,
        workloads,
      }).items.map(({ registryId }) => registryId)
    expect(idsOf({ loginServer: 'contosoacr.azurecr.io' })).toEqual([registry.id, registry.id])
    expect(idsOf({ loginServer: 'otheracr.azurecr.io' })).toEqual(['', ''])
    expect(idsOf({ loginServer: null })).toEqual(['', ''])
  })

  it('have commands in their order, also at registries that are spelled in another way', () => {
    const [a, b] = ['aks-1', 'aks-2'].map(name => reportedPair(name))
    if (!a || !b) throw new Error('there are two')
    const other = { ...b, target: b.target.toUpperCase(), registry: b.registry.toUpperCase() }
    const drift = driftOf({ pairs: [other, a], plan: [reportedGrant('aks-2'), reportedGrant('aks-1')] })
    expect(commandsOf(drift).map(command => /--assignee-object-id (\S+)/.exec(command)?.[1])).toEqual([
      'id-of-aks-1',
      'id-of-aks-2',
    ])
  })
})

describe('the repair that another job planned', () => {
  const id = 'id-of-aks-1'
  const other = '99999999-0000-4000-8000-000000000009'
  const condition = "@Request[x] StringEquals 'y'"
  const repairsOf = (more: Partial<Operation>) =>
    driftOf({ pairs: [reportedPair('aks-1')], plan: [reportedGrant('aks-1', more)] }).items[0]?.repairs

  it('is one if it gives the pair itself a role that only pulls', () => {
    expect(repairsOf({})).toMatchObject([{ principalId: id, role: 'AcrPull', scope: registry.id, condition: '' }])
  })

  it.each<[string, Partial<Operation>]>([
    ['gives another role', { role: 'Owner' }],
    ['gives it at another scope', { registry: '/subscriptions/00000000-0000-4000-8000-000000000001' }],
    ['gives it to somebody else', { principalId: other }],
    ['gives it to a group', { principalType: 'Group' }],
    ['has a condition that is not ours', { role: 'Container Registry Repository Reader', condition }],
    ['has a condition that its role does not take', { condition: repositoryCondition(['team/*']) }],
    ['changes a group', { operation: 'add-group-member', group: other, memberId: id }],
    ['is about another cluster', { target: sampleId('aks-10') }],
  ])('is none that this run prints if it %s', (_, more) => {
    expect(repairsOf(more)).toBeUndefined()
  })
})

describe('the names of several items', () => {
  it('have the place of a target only if another target has its name', () => {
    const image = sampleItem('rg-eu/aks', { kind: 'input' })
    const target = sampleItem(sampleId('aks'))
    expect(namesOf(mergeDrifts([sampleDrift([target, image])]))[0]).toEqual(['aks', 'rg-eu/aks'])
    const both = mergeDrifts([sampleDrift([target]), sampleDrift([], { fine: [sampleItem(sampleId('aks', 'rg-eu'))] })])
    expect(namesOf(both)).toEqual([['aks (rg-shop, subscription …abcd)'], [], ['aks (rg-eu, subscription …abcd)']])
  })
})
