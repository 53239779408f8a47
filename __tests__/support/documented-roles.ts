import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** A custom role as accepted by `az role definition create`. */
export interface CustomRole {
  Name: string
  Actions: string[]
  DataActions: string[]
}

/** The custom roles of docs/permissions.md: for reading, and for probing at the cluster, in a namespace and by Run Command. */
export function documentedRoles(): Record<'reading' | 'probing' | 'probingPods' | 'runningCommands', CustomRole> {
  const all = [...readPermissions().matchAll(/<<END\n(\{[\s\S]+?)\nEND$/gm)].map(([, json = '']) => ({
    DataActions: [],
    ...(JSON.parse(json) as Omit<CustomRole, 'DataActions'> & Partial<CustomRole>),
  }))
  const find = (name: string): CustomRole => {
    const role = all.find(({ Name }) => Name === name)
    if (!role) throw new Error(`docs/permissions.md has no role ${name}`)
    return role
  }
  return {
    reading: find('attach-acr Reader'),
    probing: find('AKS Probe'),
    probingPods: find('AKS Probe Pods'),
    runningCommands: find('AKS Run Command'),
  }
}

/** The ClusterRole for nodes and the Role for pods in docs/permissions.md. */
export function documentedRules(): Record<'nodes' | 'pods', RoleRule[]> {
  const documents = [...readPermissions().matchAll(/^```yaml\n([\s\S]+?)^```/gm)].flatMap(([, yaml = '']) =>
    parseAllDocuments(yaml).map(each => each.toJS() as { kind?: string; rules?: RoleRule[] }),
  )
  const rulesOf = (kind: string): RoleRule[] => {
    const { rules } = documents.find(each => each.kind === kind) ?? {}
    if (!rules) throw new Error(`docs/permissions.md has no ${kind}`)
    return rules
  }
  return { nodes: rulesOf('ClusterRole'), pods: rulesOf('Role') }
}

/** All of them, for somebody who may look at all namespaces. */
export const allDocumentedRules = (): RoleRule[] => Object.values(documentedRules()).flat()

/** A rule of a ClusterRole. */
export interface RoleRule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
}

/** The rules of the ClusterRole in docs/workload-reader.yaml. */
export function readerRules(): RoleRule[] {
  const [role] = parseAllDocuments(read('workload-reader.yaml')).map(each => each.toJS() as { rules?: RoleRule[] })
  if (!role?.rules) throw new Error('docs/workload-reader.yaml has no ClusterRole')
  return role.rules
}

const readPermissions = (): string => read('permissions.md')

function read(document: string): string {
  return readFileSync(resolve(import.meta.dirname, '../../docs', document), 'utf8')
}
