import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { describe, expect, it } from 'vitest'
import { clusterRoles } from 'azure/src/grants.js'
import { workloadReads } from 'kubernetes/src/workload-templates.js'

interface Manifest {
  kind: string
  metadata: { name: string }
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[]
  roleRef?: { kind: string; name: string }
}

describe('docs/workload-reader.yaml', () => {
  const file = new URL('../../../docs/workload-reader.yaml', import.meta.url)
  const [role, binding] = parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as Manifest)

  it('allows exactly what a look at workloads reads, and only reading it', () => {
    const rules = role?.rules ?? []
    const allowed = rules.flatMap(({ apiGroups: [group = ''], resources }) =>
      resources.map(resource => (group ? `${resource}.${group}` : resource)),
    )
    const read = workloadReads({ kind: 'all', except: [] }).flatMap(({ words: [, resources = ''] }) =>
      resources.split(','),
    )
    // Whether a named namespace exists.
    expect(allowed.sort()).toEqual([...read, 'namespaces'].sort())
    expect(rules.every(({ apiGroups, verbs }) => apiGroups.length === 1 && verbs.join() === 'get,list')).toBe(true)
  })

  it('is the role that the advice creates and binds', () => {
    const { name } = clusterRoles.reader
    expect(role).toMatchObject({ kind: 'ClusterRole', metadata: { name } })
    expect(binding).toMatchObject({ kind: 'ClusterRoleBinding', roleRef: { kind: 'ClusterRole', name } })
  })
})
