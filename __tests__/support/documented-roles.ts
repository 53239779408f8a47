import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A custom role as accepted by `az role definition create`. */
export interface CustomRole {
  Name: string
  Actions: string[]
  DataActions: string[]
}

/** The custom roles of docs/permissions.md, in order: the one for reading and the one for probing. */
export function documentedRoles(): { reading: CustomRole; probing: CustomRole } {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/permissions.md'), 'utf8')
  const [reading, probing] = [...text.matchAll(/<<END\n([\s\S]+?)\nEND$/gm)].map(([, json = '']) => ({
    DataActions: [],
    ...(JSON.parse(json) as Omit<CustomRole, 'DataActions'> & Partial<CustomRole>),
  }))
  if (!reading || !probing) throw new Error('docs/permissions.md has not the two custom roles')
  return { reading, probing }
}
