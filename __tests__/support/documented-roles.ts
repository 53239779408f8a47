import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

/** A custom role as accepted by `az role definition create`. */
export interface CustomRole {
  Name: string
  Actions: string[]
  DataActions: string[]
}

/** The custom roles of docs/permissions.md, in order: the one for reading and the one for probing. */
export function documentedRoles(): { reading: CustomRole; probing: CustomRole } {
  const text = readPermissions()
  const [reading, probing] = [...text.matchAll(/<<END\n([\s\S]+?)\nEND$/gm)].map(([, json = '']) => ({
    DataActions: [],
    ...(JSON.parse(json) as Omit<CustomRole, 'DataActions'> & Partial<CustomRole>),
  }))
  if (!reading || !probing) throw new Error('docs/permissions.md has not the two custom roles')
  return { reading, probing }
}

/** The rules of the ClusterRole in docs/permissions.md. */
export function documentedRules(): object[] {
  const role = [...readPermissions().matchAll(/^```yaml\n([\s\S]+?)^```/gm)]
    .map(([, yaml = '']) => parse(yaml) as { kind?: string; rules?: object[] })
    .find(({ kind }) => kind === 'ClusterRole')
  if (!role?.rules) throw new Error('docs/permissions.md has no ClusterRole')
  return role.rules
}

/** A rule of a ClusterRole. */
interface RoleRule {
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
