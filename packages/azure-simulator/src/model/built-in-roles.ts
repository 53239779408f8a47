import { readFileSync } from 'node:fs'
import type { RoleDefinition } from './role-definitions.js'

/**
 * The built-in roles needed for pulling, importing, assigning and probing, with their real GUIDs, actions and data
 * actions (azure-docs `role-based-access-control/built-in-roles`; recorded roleDefinitions lists for the Acr* roles,
 * Reader and Contributor). Where a real role has many actions, only those that concern the services here.
 */
export const builtInRoles = JSON.parse(
  readFileSync(new URL('built-in-roles.json', import.meta.url), 'utf8'),
) as readonly RoleDefinition[]
