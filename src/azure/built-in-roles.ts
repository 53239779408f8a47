import type { Permission, RoleDefinition } from '../state.js'

function role(id: string, name: string, permission: Partial<Permission>): RoleDefinition {
  return {
    id,
    name,
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }],
  }
}

const registries = 'Microsoft.ContainerRegistry/registries'

/**
 * The built-in roles that the action assigns or meets at registries most often; GUIDs and permissions are the same in every tenant and
 * cloud, so knowing them saves requests. Only permissions that matter at a registry are kept.
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
