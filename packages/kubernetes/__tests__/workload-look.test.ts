import { describe, expect, it } from 'vitest'
import { type ActionError, toFixJson } from 'kernel'
import type { Inputs } from 'run-model'
import { explainKubectl } from '../src/errors.js'
import { readPrintedWorkloads } from '../src/workload-look.js'
import { workloadReads } from '../src/workload-templates.js'

const group = '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg'
const cluster = { id: `${group}/providers/Microsoft.ContainerService/managedClusters/aks`, name: 'aks' }
const attempt = { cluster, namespace: 'default' }
const inside = { attempt, name: 'run-command' as const }
const lookWithKubectl = (printing: Promise<string>, choice: NonNullable<Inputs['workloads']>) =>
  readPrintedWorkloads(printing, choice, { attempt, name: 'kubectl' })
const all = { kind: 'all' as const, except: [] }
const rows = '~ pods\t0\t.\n~ makers\t0\t.\n'

const failureOf = async (work: Promise<unknown>): Promise<ActionError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ActionError,
  )

describe('reading workloads', () => {
  it('that lacks rights says which ones it needs', async () => {
    const said =
      'Error from server (Forbidden): cronjobs.batch is forbidden: User "u" cannot list resource "cronjobs" in API group "batch" at the cluster scope'
    const error = await failureOf(lookWithKubectl(Promise.reject(explainKubectl(said, attempt)), all))
    const lacked = { code: 'AUTHORIZATION_FAILED', recovers: false, detail: 'list cronjobs', subject: 'aks' }
    expect(error).toMatchObject(lacked)
    expect(error.message).toBe(
      `The workloads of aks could not be read: the signed-in identity lacks permissions inside the cluster. Kubernetes said: ${said}.`,
    )
    expect(toFixJson(error.fix).text).toContain('docs/workloads.md')
    expect(toFixJson(error.fix).commands).toEqual([expect.stringMatching(/^az aks show .* --query aadProfile$/)])
  })

  it('whose output was cut is not taken for an empty one', async () => {
    for (const [output, reason] of [
      ['', 'the command printed nothing'],
      [rows.slice(0, 14), 'Azure did not keep the whole output of the command'],
    ] as const) {
      const error = await failureOf(readPrintedWorkloads(Promise.resolve(output), all, inside))
      expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: true, said: { why: reason } })
    }
    const error = await failureOf(lookWithKubectl(Promise.resolve(''), all))
    expect(error.said.why).toBe('kubectl printed an incomplete list')
    const nothing = { pods: [], makers: [], absent: [], empty: [] }
    expect(await readPrintedWorkloads(Promise.resolve(rows), all, inside)).toEqual(nothing)
  })

  it('reports a namespace that does not exist, unless that can not be read', async () => {
    const named = { kind: 'named' as const, names: ['there', 'nowhere'] }
    const calls = workloadReads(named)
    const asked = calls.map(({ words: [, what = ''] }) => what.slice(0, 10))
    expect(asked).toEqual(['pods', 'deployment', 'pods', 'deployment', 'namespaces'])
    expect(calls.filter(({ isOptional }) => isOptional)).toEqual(calls.slice(-1))
    const absent = async (existing: string) =>
      (await lookWithKubectl(Promise.resolve(`${rows}\n${rows}\n${existing}`), named)).absent
    // This one exists in every cluster.
    expect(calls.at(-1)?.words).toContain('kube-system')
    expect(await absent('namespace/kube-system\nnamespace/there\n')).toEqual(['nowhere'])
    expect(await absent('namespace/kube-system\r\n')).toEqual(['there', 'nowhere'])
    expect(await absent('')).toEqual([])
  })
})
