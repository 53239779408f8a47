import { describe, expect, it } from 'vitest'
import { ActionError, fix } from 'kernel'
import { mergeDrifts, type Drift } from '../src/drift.js'
import { toDrift } from '../src/find-drift.js'
import type { CheckedWorkload } from '../src/report-json.js'
import { acr, driftOf, reportedPair } from '../../../__tests__/support/drift-report.js'
import { roleLack, sampleId } from '../../../__tests__/support/drift.js'

const digest = `sha256:${'a'.repeat(64)}`
/** A container of a deployment in aks-1. */
const row = (status: CheckedWorkload['status'], more: Partial<CheckedWorkload> = {}): CheckedWorkload => ({
  ...{ cluster: sampleId('aks-1'), namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api', pods: 2 },
  ...{ image: 'contosoacr.azurecr.io/api:1', runningDigest: digest, registryDigest: null, status },
  ...more,
})
/** The row of a cluster whose workloads could not be read. */
const unread = (name: string, errorCode: string, more: Partial<CheckedWorkload> = {}): CheckedWorkload => ({
  ...row('unknown', { cluster: sampleId(name), namespace: null, kind: null, name: null, container: null }),
  ...{ image: null, pods: null, runningDigest: null, errorCode, ...more },
})
const fine = reportedPair('aks-1', { status: 'attached', lacks: [] })
const unknownOf = (subject: string, message: string) => ({ subject, message, about: null })

/** What a check of a cluster says of its workloads, if it knows no more than its report. */
const reported = (workloads: readonly CheckedWorkload[], unknown: ReturnType<typeof unknownOf>[] = []): Drift =>
  driftOf({ pairs: [fine], workloads: [...workloads], unknown })
const seeLog = 'The commands are in the log of that job.'
const item = {
  ...{ kind: 'workload', target: 'api:1', name: 'api:1', registry: 'contosoacr.azurecr.io', registryId: acr },
  ...{ key: 'running contosoacr api:1', access: 'none' },
}

describe('an image that runs', () => {
  const use = { cluster: sampleId('aks-1'), namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api' }

  it('is drift if it is gone, with who runs it', () => {
    const { items, unknown } = reported([row('gone')])
    expect(items).toEqual([
      {
        ...item,
        code: 'RUNNING_IMAGE_GONE',
        message:
          'api:1 is gone from contosoacr, but 2 pods of 1 deployment on aks-1 run it: Deployment shop/api on aks-1.',
        fix: fix(`Restore it, import it again, or deploy an image that is there.\n${seeLog}`),
        clusters: [sampleId('aks-1')],
        running: { name: 'api:1', uses: [{ ...use, runningDigest: digest, pods: 2 }] },
      },
    ])
    expect(unknown).toEqual([])
  })

  it('is drift if pods wait for it, or nobody can pull it', () => {
    expect(reported([row('missing')]).items).toEqual([
      {
        ...{ ...item, code: 'IMAGE_NOT_FOUND', clusters: [sampleId('aks-1')] },
        message: 'api:1 is not on contosoacr, but 2 pods of 1 deployment on aks-1 wait for it.',
        fix: fix(`Restore it, import it again, or deploy an image that is there.\n${seeLog}`),
      },
    ])
    expect(reported([row('locked')]).items).toEqual([
      {
        ...{ ...item, code: 'AZURE_REFUSED', clusters: [sampleId('aks-1')] },
        message: 'api:1 on contosoacr is locked, but 2 pods of 1 deployment on aks-1 run it.',
        fix: fix(`Ask who has locked it, and why, or deploy another image.\n${seeLog}`),
      },
    ])
  })

  it('is unknown if it could not be checked, with the reason of its registry', () => {
    const reasons = [unknownOf(acr.toUpperCase(), 'Could not check 1 image that runs on contosoacr: no answer.')]
    const why = { message: reasons[0]?.message, fix: null }
    expect(reported([row('unknown')], reasons).unknown).toEqual([{ ...item, ...why, code: 'AZURE_UNAVAILABLE' }])
    expect(reported([row('unknown', { errorCode: 'THROTTLED' })], reasons).unknown[0]?.code).toBe('THROTTLED')
    expect(reported([row('unknown')]).unknown[0]?.message).toBe('the job gave no reason')
  })

  it('is fine if it is there, or its tag has moved', () => {
    for (const status of ['present', 'moved'] as const)
      expect(reported([row(status)])).toMatchObject({
        ...{ items: [], unknown: [] },
        fine: [{ kind: 'pair' }, { ...item, code: 'missing', message: '', fix: null }],
      })
  })

  it('is one for all of its containers, as bad as the worst, and another one by another name', () => {
    const rows = [
      row('present', { name: 'web' }),
      row('gone', { name: 'one' }),
      row('unknown', { name: 'two' }),
      row('gone', { name: 'three', image: 'ContosoAcr.westeurope.geo.azurecr.io/api:1' }),
      row('present', { image: 'contosoacr.azurecr.io/API:1' }),
      row('present', { image: 'contosoacr.azurecr.io/api:2' }),
      row('present', { image: 'otheracr.azurecr.io/api:1' }),
    ]
    const drift = reported(rows)
    expect(drift.items.map(({ name, running }) => [name, running?.uses.map(each => each.name)])).toEqual([
      ['api:1', ['one', 'three']],
    ])
    expect(drift.unknown).toEqual([])
    expect(drift.fine.map(({ key }) => key).slice(1)).toEqual(['running contosoacr api:2', 'running otheracr api:1'])
  })

  it('has what is known of who runs it: other tools may leave out the rest', () => {
    const rows = [
      row('gone', { container: null, runningDigest: null, pods: null }),
      ...(['namespace', 'kind', 'name'] as const).map(name => row('gone', { [name]: null })),
    ]
    expect(reported(rows).items[0]?.running?.uses).toEqual([{ ...use, container: '', runningDigest: '', pods: 0 }])
  })

  it('has the words of the step that has checked it itself', () => {
    const error = new ActionError('RUNNING_IMAGE_GONE', 'It is gone.', { fix: fix('Restore it:', 'az acr import') })
    const report = { pairs: [], images: [], manifests: [], plan: [], unknown: [], error: null }
    const { items } = toDrift({ ...report, workloads: [row('gone', { error })] }, '', () => undefined)
    expect(items).toMatchObject([{ code: 'RUNNING_IMAGE_GONE', message: 'It is gone.', fix: error.fix }])
  })
})

describe('a cluster whose workloads could not be read', () => {
  const of = (name: string, more: object) => ({
    ...{ kind: 'workload', registry: '', registryId: '', access: 'none', fix: null },
    ...{ key: `running * ${sampleId(name).toLowerCase()}`, name: `the workloads of ${name}` },
    ...{ target: `the workloads of ${name}`, ...more },
  })

  it('is unknown, with the reason in its report, unless it is stopped and runs nothing', () => {
    const reasons = [unknownOf(sampleId('AKS-1'), 'It does not answer.')]
    const rows = [
      unread('aks-1', 'CLUSTER_UNREACHABLE'),
      unread('aks-2', 'AUTHORIZATION_FAILED'),
      unread('aks-3', 'CLUSTER_STOPPED'),
    ]
    expect(reported(rows, reasons).unknown).toEqual([
      of('aks-1', { code: 'CLUSTER_UNREACHABLE', message: 'It does not answer.' }),
      of('aks-2', { code: 'AUTHORIZATION_FAILED', message: 'the job gave no reason' }),
    ])
    const { errorCode, ...withoutCode } = unread('aks-1', '')
    expect([errorCode, reported([withoutCode]).unknown[0]?.code]).toEqual(['', 'CLUSTER_UNREACHABLE'])
  })

  it('has the words of the step that has tried it itself', () => {
    const quote = { statement: 'It refuses.', intro: 'It said:', text: '403' }
    const error = new ActionError('CLUSTER_UNREACHABLE', 'It refuses. It said: 403', { quote, fix: fix('Look:', 'az') })
    const report = { pairs: [], images: [], manifests: [], plan: [], unknown: [], error: null }
    const workloads = [unread('aks-1', 'CLUSTER_UNREACHABLE', { error })]
    expect(toDrift({ ...report, workloads }, '', () => undefined).unknown).toEqual([
      of('aks-1', { code: 'CLUSTER_UNREACHABLE', message: error.message, quote, fix: error.fix }),
    ])
  })

  it('is told from another one of the same name by its place', () => {
    const rows = ['rg-a', 'rg-b'].map(group => unread('aks', 'THROTTLED', { cluster: sampleId('aks', group) }))
    expect(reported(rows).unknown.map(({ name }) => name)).toEqual([
      'the workloads of aks (rg-a, subscription …abcd)',
      'the workloads of aks (rg-b, subscription …abcd)',
    ])
  })
})

describe('the drift of several jobs', () => {
  it('has an image that is gone once, with all who run it', () => {
    const inCluster = (name: string, pods: number) =>
      driftOf({ pairs: [fine], workloads: [row('gone', { cluster: sampleId(name), pods })] }, name)
    const { items } = mergeDrifts([inCluster('aks-1', 2), inCluster('aks-2', 1), inCluster('AKS-1', 2)])
    expect(items.map(({ message, running }) => [message, running?.uses.length])).toEqual([
      [
        'api:1 is gone from contosoacr, but 3 pods of 2 deployments on 2 clusters run it: Deployment shop/api on aks-1, Deployment shop/api on aks-2.',
        2,
      ],
    ])
    // The words of the only job stay.
    const [only] = mergeDrifts([driftOf({ workloads: [row('gone')] })]).items
    expect(only?.message).toBe(reported([row('gone')]).items[0]?.message)
  })

  it('has an item that several of them checked as the last one found it', () => {
    const missing = (message: string) => driftOf({ pairs: [reportedPair('aks-1', { lacks: [roleLack({ message })] })] })
    const { items } = mergeDrifts([missing('a is missing'), missing('b is missing'), missing('c is missing')])
    expect(items.map(({ message }) => message)).toEqual(['c is missing'])
  })

  it('has the warnings of secrets that end, each once', () => {
    const warning = (message: string, code: 'SECRET_EXPIRES' | 'EXCESS_ROLE' = 'SECRET_EXPIRES') => ({
      ...{ code, severity: 'warning' as const, subject: 'aks-1', message, fix: fix('') },
    })
    const [a, b] = ['The secret of aks-1 ends.', 'The secret of aks-2 ends.'] as const
    const one = driftOf({ findings: [warning(a), warning('Too much.', 'EXCESS_ROLE'), warning(b)] })
    expect(one.ending).toEqual([a, b])
    expect(mergeDrifts([one, driftOf({}), driftOf({ findings: [warning(a)] })]).ending).toEqual([a, b])
    expect(mergeDrifts([driftOf({})])).not.toHaveProperty('ending')
    expect(driftOf({})).not.toHaveProperty('ending')
  })
})
