import type { RoleAssignmentMode, RoleDefinition } from '../state.js'

/**
 * What a registry wants of the one who pulls, by its role assignment mode.
 * Source: learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
 */
const needed = {
  RBAC: { allowed: 'actions', excepted: 'notActions', name: 'microsoft.containerregistry/registries/pull/read' },
  ABAC: {
    allowed: 'dataActions',
    excepted: 'notDataActions',
    name: 'microsoft.containerregistry/registries/repositories/content/read',
  },
} as const satisfies Record<RoleAssignmentMode, unknown>

/** Whether a role lets its holder pull from registries of that mode: decided by its permissions, never by its name. */
export function canPull(role: RoleDefinition, mode: RoleAssignmentMode): boolean {
  const { allowed, excepted, name } = needed[mode]
  return role.permissions.some(
    permission => matchesAny(permission[allowed], name) && !matchesAny(permission[excepted], name),
  )
}

const pullOnly = [
  'microsoft.containerregistry/registries/read',
  'microsoft.containerregistry/registries/pull/read',
  'microsoft.containerregistry/registries/repositories/content/read',
  'microsoft.containerregistry/registries/repositories/metadata/read',
]

/** Whether a role lets its holder do more at a registry than look at it and pull. */
export function mayMoreThanPull(role: RoleDefinition): boolean {
  return role.permissions.some(({ actions, dataActions }) =>
    [...actions, ...dataActions].some(action => !pullOnly.includes(action.toLowerCase())),
  )
}

/** Whether one of the patterns covers the action: `*` stands for anything, slashes included; letter case does not matter. */
function matchesAny(patterns: readonly string[], action: string): boolean {
  return patterns.some(pattern => {
    const literals = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${literals.join('.*')}$`, 'i').test(action)
  })
}
