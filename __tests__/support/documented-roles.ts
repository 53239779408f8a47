import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'

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

function readPermissions(): string {
  return readFileSync(resolve(import.meta.dirname, '../../docs/permissions.md'), 'utf8')
}
