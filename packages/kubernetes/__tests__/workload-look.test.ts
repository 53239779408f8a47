import { describe, expect, it } from 'vitest'
import type { ActionError } from 'kernel'
import { explainKubectl } from '../src/errors.js'
import { lookInside, lookWithKubectl } from '../src/workload-look.js'

const attempt = {
  cluster: {
    id: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks',
    name: 'aks',
  },
  namespace: 'default',
  objectId: '11111111-2222-4333-8444-555555555555',
}
const deps = { attempt, log: { debug: () => undefined } }
const all = { kind: 'all' as const, except: [] }
const rows = '~ pods\t0\t.\n~ makers\t0\t.\n'

const failureOf = async (work: Promise<unknown>): Promise<ActionError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => error as ActionError,
  )

describe('reading workloads', () => {
  it('that lacks rights says which role has them', async () => {
    const said =
      'Error from server (Forbidden): cronjobs.batch is forbidden: User "u" cannot list resource "cronjobs" in API group "batch" at the cluster scope'
    const error = await failureOf(lookWithKubectl(() => Promise.reject(explainKubectl(said, attempt)), all, deps))
    expect(error).toMatchObject({
      code: 'AUTHORIZATION_FAILED',
      recovers: false,
      detail: 'list cronjobs',
      subject: 'aks',
    })
    expect(error.message).toBe(
      `The workloads of aks could not be read: the signed-in identity lacks permissions inside the cluster. Kubernetes said: ${said}`,
    )
    expect(error.fix.commands).toEqual([
      expect.stringMatching(/^az role assignment create [^]*--role "Azure Kubernetes Service RBAC Reader"/),
      'kubectl create clusterrole attach-acr-workload-reader --verb=get,list --resource=namespaces,pods,deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,cronjobs.batch,jobs.batch',
      `kubectl create clusterrolebinding attach-acr-workload-reader --clusterrole=attach-acr-workload-reader --user=${attempt.objectId}`,
    ])
  })

  it('whose output was cut is not taken for an empty one', async () => {
    for (const output of ['', rows.slice(0, 14)]) {
      const error = await failureOf(lookInside(() => Promise.resolve(output), all, deps))
      expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: true })
    }
    expect(await lookInside(() => Promise.resolve(rows), all, deps)).toEqual({ pods: [], makers: [], absent: [] })
  })

  it('reports a namespace that does not exist, unless that can not be read', async () => {
    const named = { kind: 'named' as const, names: ['there', 'nowhere'] }
    const words: string[][] = []
    const get =
      (answer: () => Promise<string>) =>
      (...args: string[]) => {
        words.push(args)
        const [what] = args
        if (what === 'namespaces') return answer()
        return Promise.resolve(what === 'pods' ? '~ pods\t0\t.\n' : '~ makers\t0\t.\n')
      }
    const found = await lookWithKubectl(
      get(() => Promise.resolve('namespace/there\n')),
      named,
      deps,
    )
    expect(found.absent).toEqual(['nowhere'])
    expect(words).toHaveLength(5)
    const refused = explainKubectl('Error from server (Forbidden): namespaces "there" is forbidden', attempt)
    expect(
      (
        await lookWithKubectl(
          get(() => Promise.reject(refused)),
          named,
          deps,
        )
      ).absent,
    ).toEqual([])
  })
})
