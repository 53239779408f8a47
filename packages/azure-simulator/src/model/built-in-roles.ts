import type { Permission, RoleDefinition } from './role-definitions.js'

const registry = 'Microsoft.ContainerRegistry/registries'
const cluster = 'Microsoft.ContainerService/managedClusters'

/** The common extra actions of generated built-in roles. */
const commonReads = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]

const clusterReads = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/write',
  'Microsoft.Resources/subscriptions/operationresults/read',
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
]

/** The kinds served here that writer roles of Azure RBAC for Kubernetes can change. */
const namespacedKinds = [
  ...['apps/daemonsets', 'apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'batch/cronjobs', 'batch/jobs'],
  ...['configmaps', 'pods', 'serviceaccounts', 'services'],
]
const readOnlyKinds = ['events', 'namespaces', 'resourcequotas']

function builtIn(name: string, roleName: string, description: string, permission: Partial<Permission>): RoleDefinition {
  return {
    name,
    roleName,
    type: 'BuiltInRole',
    description,
    assignableScopes: ['/'],
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }],
    createdOn: '2018-10-22T19:01:56.8227182Z',
    updatedOn: '2021-11-11T20:13:08.8779328Z',
  }
}

/**
 * The built-in roles needed for pulling, importing, assigning and probing, with their real GUIDs, actions and data
 * actions (azure-docs `role-based-access-control/built-in-roles`; recorded roleDefinitions lists for the Acr* roles,
 * Reader and Contributor).
 */
export const builtInRoles: readonly RoleDefinition[] = [
  builtIn(
    '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    'Owner',
    'Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.',
    {
      actions: ['*'],
    },
  ),
  builtIn(
    'b24988ac-6180-42a0-ab88-20f7382dd24c',
    'Contributor',
    'Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.',
    {
      actions: ['*'],
      notActions: [
        'Microsoft.Authorization/*/Delete',
        'Microsoft.Authorization/*/Write',
        'Microsoft.Authorization/elevateAccess/Action',
        'Microsoft.Blueprint/blueprintAssignments/write',
        'Microsoft.Blueprint/blueprintAssignments/delete',
        'Microsoft.Compute/galleries/share/action',
        'Microsoft.Purview/consents/write',
        'Microsoft.Purview/consents/delete',
        'Microsoft.Resources/deploymentStacks/manageDenySetting/action',
      ],
    },
  ),
  builtIn(
    'acdd72a7-3385-48ef-bd42-f606fba81ae7',
    'Reader',
    'View all resources, but does not allow you to make any changes.',
    {
      actions: ['*/read'],
    },
  ),
  builtIn(
    '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    'User Access Administrator',
    'Lets you manage user access to Azure resources.',
    {
      actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'],
    },
  ),
  builtIn(
    'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
    'Role Based Access Control Administrator',
    'Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage access using other ways, such as Azure Policy.',
    {
      actions: [
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleAssignments/delete',
        '*/read',
        'Microsoft.Support/*',
      ],
    },
  ),
  builtIn('7f951dda-4ed3-4680-a7ca-43fe172d538d', 'AcrPull', 'acr pull', { actions: [`${registry}/pull/read`] }),
  builtIn('8311e382-0749-4cb8-b61a-304f252e45ec', 'AcrPush', 'acr push', {
    actions: [`${registry}/pull/read`, `${registry}/push/write`],
  }),
  builtIn('c2f4ef07-c644-48eb-af81-4b1b4947fb11', 'AcrDelete', 'acr delete', {
    actions: [`${registry}/artifacts/delete`],
  }),
  builtIn('6cef56e8-d556-48e5-a04f-b8e64114680f', 'AcrImageSigner', 'acr image signer', {
    actions: [`${registry}/sign/write`],
    dataActions: [`${registry}/trustedCollections/write`],
  }),
  builtIn('cdda3590-29a3-44f6-95f2-9f980659eb04', 'AcrQuarantineReader', 'acr quarantine data reader', {
    actions: [`${registry}/quarantine/read`],
    dataActions: [`${registry}/quarantinedArtifacts/read`],
  }),
  builtIn('c8d4ff99-41c3-41a8-9f60-21dfdad59608', 'AcrQuarantineWriter', 'acr quarantine data writer', {
    actions: [`${registry}/quarantine/read`, `${registry}/quarantine/write`],
    dataActions: [`${registry}/quarantinedArtifacts/read`, `${registry}/quarantinedArtifacts/write`],
  }),
  builtIn(
    'b93aa761-3e63-49ed-ac28-beffa264f7ac',
    'Container Registry Repository Reader',
    'Allows for read access to Azure Container Registry repositories, but excluding catalog listing.',
    {
      dataActions: [`${registry}/repositories/metadata/read`, `${registry}/repositories/content/read`],
    },
  ),
  builtIn(
    '2a1e307c-b015-4ebd-883e-5b7698a07328',
    'Container Registry Repository Writer',
    'Allows for read and write access to Azure Container Registry repositories, but excluding catalog listing.',
    {
      dataActions: [
        `${registry}/repositories/metadata/read`,
        `${registry}/repositories/content/read`,
        `${registry}/repositories/metadata/write`,
        `${registry}/repositories/content/write`,
      ],
    },
  ),
  builtIn(
    '2efddaa5-3f1f-4df3-97df-af3f13818f4c',
    'Container Registry Repository Contributor',
    'Allows for read, write, and delete access to Azure Container Registry repositories, but excluding catalog listing.',
    {
      dataActions: [
        `${registry}/repositories/metadata/read`,
        `${registry}/repositories/content/read`,
        `${registry}/repositories/metadata/write`,
        `${registry}/repositories/content/write`,
        `${registry}/repositories/metadata/delete`,
        `${registry}/repositories/content/delete`,
      ],
    },
  ),
  builtIn(
    'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7',
    'Container Registry Repository Catalog Lister',
    'Allows for listing all repositories in an Azure Container Registry.',
    {
      dataActions: [`${registry}/catalog/read`],
    },
  ),
  builtIn(
    '577a9874-89fd-4f24-9dbd-b5034d0ad23a',
    'Container Registry Data Importer and Data Reader',
    'Provides the ability to import images into a registry through the registry import operation, and to list repositories and read images in it.',
    {
      actions: [`${registry}/importImage/action`, `${registry}/read`, `${registry}/pull/read`],
      dataActions: [
        `${registry}/repositories/content/read`,
        `${registry}/repositories/metadata/read`,
        `${registry}/catalog/read`,
      ],
    },
  ),
  builtIn(
    '69b07be0-09bf-439a-b9a6-e73de851bd59',
    'Container Registry Configuration Reader and Data Access Configuration Reader',
    'Provides permissions to list container registries and registry configuration properties, and data access configuration.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        `${registry}/read`,
        `${registry}/listCredentials/action`,
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    },
  ),
  // Only the registry actions.
  builtIn(
    '3bc748fc-213d-45c1-8d91-9da5725539b9',
    'Container Registry Contributor and Data Access Configuration Administrator',
    'Provides permissions to create, list, and update container registries and registry configuration properties.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Insights/alertRules/*',
        `${registry}/read`,
        `${registry}/write`,
        `${registry}/delete`,
        `${registry}/listCredentials/action`,
        `${registry}/operationStatuses/read`,
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    },
  ),
  builtIn(
    '4abbcc35-e782-43d8-92c5-2d3f1bd2253f',
    'Azure Kubernetes Service Cluster User Role',
    'List cluster user credential action.',
    {
      actions: [`${cluster}/listClusterUserCredential/action`, `${cluster}/read`],
    },
  ),
  builtIn(
    '0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8',
    'Azure Kubernetes Service Cluster Admin Role',
    'List cluster admin credential action.',
    {
      actions: [
        `${cluster}/listClusterAdminCredential/action`,
        `${cluster}/accessProfiles/listCredential/action`,
        `${cluster}/read`,
        `${cluster}/runcommand/action`,
      ],
    },
  ),
  builtIn(
    'ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8',
    'Azure Kubernetes Service Contributor Role',
    'Grants access to read and write Azure Kubernetes Service clusters',
    {
      actions: [`${cluster}/*`, ...commonReads],
    },
  ),
  builtIn(
    '7f6c6a51-bcf8-42ba-9220-52d62157d7db',
    'Azure Kubernetes Service RBAC Reader',
    'Allows read-only access to see most objects in a namespace. It does not allow viewing roles or role bindings. This role does not allow viewing Secrets, since reading the contents of Secrets enables access to ServiceAccount credentials in the namespace, which would allow API access as any ServiceAccount in the namespace (a form of privilege escalation). Applying this role at cluster scope will give access across all namespaces.',
    {
      actions: clusterReads,
      dataActions: [...namespacedKinds, ...readOnlyKinds].map(kind => `${cluster}/${kind}/read`),
    },
  ),
  builtIn(
    'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb',
    'Azure Kubernetes Service RBAC Writer',
    'Allows read/write access to most objects in a namespace.This role does not allow viewing or modifying roles or role bindings. However, this role allows accessing Secrets and running Pods as any ServiceAccount in the namespace, so it can be used to gain the API access levels of any ServiceAccount in the namespace. Applying this role at cluster scope will give access across all namespaces.',
    {
      actions: clusterReads,
      dataActions: [
        ...[...namespacedKinds, 'secrets'].map(kind => `${cluster}/${kind}/*`),
        ...readOnlyKinds.map(kind => `${cluster}/${kind}/read`),
      ],
    },
  ),
  builtIn(
    '3498e952-d568-435e-9b2c-8d77e338d7f7',
    'Azure Kubernetes Service RBAC Admin',
    'Lets you manage all resources under cluster/namespace, except update or delete resource quotas and namespaces.',
    {
      actions: [...clusterReads, `${cluster}/listClusterUserCredential/action`],
      dataActions: [`${cluster}/*`],
      notDataActions: [
        `${cluster}/resourcequotas/write`,
        `${cluster}/resourcequotas/delete`,
        `${cluster}/namespaces/write`,
        `${cluster}/namespaces/delete`,
      ],
    },
  ),
  builtIn(
    'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b',
    'Azure Kubernetes Service RBAC Cluster Admin',
    'Lets you manage all resources in the cluster.',
    {
      actions: [...clusterReads, `${cluster}/listClusterUserCredential/action`],
      dataActions: [`${cluster}/*`],
    },
  ),
  builtIn(
    'f1a07417-d97a-45cb-824c-7a7467783830',
    'Managed Identity Operator',
    'Read and Assign User Assigned Identity',
    {
      actions: [
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action',
        ...commonReads,
      ],
    },
  ),
]
