function role(id: string, name: string, permission: Partial<Permission>): RoleDefinition {
  return {
    id,
    name,
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }],
  }
}

const registries = 'Microsoft.ContainerRegistry/registries'

/**
 * The built-in roles that are most common at registries. Their GUIDs and permissions are the same in every tenant and cloud, so this list saves
 * requests. Contains only the permissions that matter at a registry.
 * Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers.
 */
export const builtInRoles = {
  acrPull: role('7f951dda-4ed3-4680-a7ca-43fe172d538d', 'AcrPull', { actions: [`${registries}/pull/read`] }),
  acrPush: role('8311e382-0749-4cb8-b61a-304f252e45ec', 'AcrPush', {
    actions: [`${registries}/pull/read`, `${registries}/push/write`],
  }),
  acrDelete: role('c2f4ef07-c644-48eb-af81-4b1b4947fb11', 'AcrDelete', { actions: [`${registries}/artifacts/delete`] }),
  repositoryReader: role('b93aa761-3e63-49ed-ac28-beffa264f7ac', 'Container Registry Repository Reader', {
    dataActions: [`${registries}/repositories/metadata/read`, `${registries}/repositories/content/read`],
  }),
  repositoryWriter: role('2a1e307c-b015-4ebd-883e-5b7698a07328', 'Container Registry Repository Writer', {
    dataActions: [
      `${registries}/repositories/metadata/read`,
      `${registries}/repositories/content/read`,
      `${registries}/repositories/metadata/write`,
      `${registries}/repositories/content/write`,
    ],
  }),
  catalogLister: role('bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7', 'Container Registry Repository Catalog Lister', {
    dataActions: [`${registries}/catalog/read`],
  }),
  reader: role('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', { actions: ['*/read'] }),
  contributor: role('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor', {
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  }),
  userAccessAdministrator: role('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator', {
    actions: ['*/read', 'Microsoft.Authorization/*'],
  }),
  accessAdministrator: role('f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator', {
    actions: [
      '*/read',
      'Microsoft.Authorization/roleAssignments/write',
      'Microsoft.Authorization/roleAssignments/delete',
    ],
  }),
  owner: role('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', { actions: ['*'] }),
} as const satisfies Record<string, RoleDefinition>

/**
 * The action or data action that pulling requires, by the registry's role assignment mode.
 * Source: learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
 */
const needed = {
  RBAC: { kind: 'actions', name: `${registries}/pull/read` },
  ABAC: { kind: 'dataActions', name: `${registries}/repositories/content/read` },
} as const satisfies Record<RoleAssignmentMode, unknown>

/** Whether a role allows pulling from registries in that mode, by its permissions and not its name. */
export function canPull({ permissions }: Pick<RoleDefinition, 'permissions'>, mode: RoleAssignmentMode): boolean {
  return isAllowed(permissions, needed[mode].name, needed[mode].kind)
}

/** Whether a role allows listing the repositories of registries in ABAC mode. */
export function canListRepositories({ permissions }: Pick<RoleDefinition, 'permissions'>): boolean {
  return isAllowed(permissions, `${registries}/catalog/read`, 'dataActions')
}

/** Whether permissions include an action or data action, in any letter case. */
export function isAllowed(
  permissions: readonly Permission[],
  action: string,
  kind: 'actions' | 'dataActions' = 'actions',
): boolean {
  const [name, excepted] = [action.toLowerCase(), kind === 'actions' ? 'notActions' : 'notDataActions'] as const
  return permissions.some(each => matchesAny(each[kind], name) && !matchesAny(each[excepted], name))
}

/** Whether a role allows pulling from registries in one mode or the other: a registry's mode can be switched. */
export function canPullInSomeMode(role: RoleDefinition): boolean {
  return canPull(role, 'RBAC') || canPull(role, 'ABAC')
}

/**
 * The data actions on repositories, with those that pulling requires first.
 * Source: learn.microsoft.com/azure/role-based-access-control/permissions/containers.
 */
const repositoryActions = [
  'content/read',
  'metadata/read',
  'content/write',
  'metadata/write',
  'content/delete',
  'metadata/delete',
].map(action => `${registries}/repositories/${action}`)

/** The data actions on repositories that a condition for a role must limit: those for pulling, and all others that the role allows. */
export function listRepositoryActions(role: RoleDefinition): string[] {
  return repositoryActions.filter((action, index) => index < 2 || isAllowed(role.permissions, action, 'dataActions'))
}

const pullOnly = [
  'microsoft.containerregistry/registries/read',
  'microsoft.containerregistry/registries/pull/read',
  'microsoft.containerregistry/registries/repositories/content/read',
  'microsoft.containerregistry/registries/repositories/metadata/read',
]

/** Whether a role allows more at a registry than reading it and pulling. */
export function mayMoreThanPull(role: RoleDefinition): boolean {
  return role.permissions.some(({ actions, dataActions }) =>
    [...actions, ...dataActions].some(action => !pullOnly.includes(action.toLowerCase())),
  )
}

/**
 * Whether one of the patterns covers the action: `*` matches anything, including slashes, in any letter case.
 * @param action in lower case
 */
function matchesAny(patterns: readonly string[], action: string): boolean {
  return patterns.some(pattern => {
    // Fast path: most patterns have no *, and large estates have thousands of assignments.
    if (!pattern.includes('*')) return pattern.toLowerCase() === action
    const literals = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${literals.join('.*')}$`, 'i').test(action)
  })
}

/** Which permissions a registry honours: `RBAC` (Azure's LegacyRegistryPermissions) or `ABAC` (AbacRepositoryPermissions). */
export type RoleAssignmentMode = 'RBAC' | 'ABAC'

/** A role with its permissions, as in `Microsoft.Authorization/roleDefinitions`. */
export interface RoleDefinition {
  /** GUID, lower case. */
  id: string
  name: string
  /** Set for a role that its owners can change. */
  isCustom?: true
  permissions: Permission[]
}

export interface Permission {
  actions: string[]
  notActions: string[]
  dataActions: string[]
  notDataActions: string[]
}
