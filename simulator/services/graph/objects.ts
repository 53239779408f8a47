import type { Group, Principal } from '../../world/directory.js'
import type { World } from '../../world/world.js'

type GraphObject = Readonly<Record<string, unknown>> & { readonly id: string }

const isGroup = (principal: Principal): principal is Group => principal.type === 'Group'

const created = (principal: Principal): string => new Date(principal.createdAt).toISOString().replace(/\.\d+/, '')

/** A directory object as Graph shows it by default (recorded 2022; newer optional properties left out). */
export function graphObject(world: World, principal: Principal): GraphObject {
  if (isGroup(principal)) return groupObject(principal)
  return principal.type === 'User' ? userObject(world, principal) : servicePrincipalObject(world, principal)
}

/** The `@odata.type` that tells objects in mixed lists apart. */
export function odataType(principal: Principal): string {
  const name = principal.type === 'Group' ? 'group' : principal.type === 'User' ? 'user' : 'servicePrincipal'
  return `#microsoft.graph.${name}`
}

function servicePrincipalObject(world: World, principal: Principal): GraphObject {
  const isManaged = principal.servicePrincipalType === 'ManagedIdentity'
  const identity = isManaged
    ? world.resources.find(resource => resource.body.properties.principalId === principal.objectId)
    : undefined
  return {
    id: principal.objectId,
    deletedDateTime: null,
    accountEnabled: true,
    alternativeNames: identity === undefined ? [] : ['isExplicit=True', identity.id],
    appDisplayName: isManaged ? null : principal.displayName,
    appDescription: null,
    appId: principal.clientId,
    applicationTemplateId: null,
    appOwnerOrganizationId: isManaged ? null : principal.tenantId,
    appRoleAssignmentRequired: false,
    createdDateTime: created(principal),
    description: null,
    disabledByMicrosoftStatus: null,
    displayName: principal.displayName,
    homepage: null,
    loginUrl: null,
    logoutUrl: null,
    notes: null,
    notificationEmailAddresses: [],
    preferredSingleSignOnMode: null,
    preferredTokenSigningKeyThumbprint: null,
    replyUrls: [],
    servicePrincipalNames: [principal.clientId],
    servicePrincipalType: principal.servicePrincipalType,
    signInAudience: isManaged ? null : 'AzureADMyOrg',
    tags: [],
    tokenEncryptionKeyId: null,
    addIns: [],
    appRoles: [],
    keyCredentials: [],
    oauth2PermissionScopes: [],
    passwordCredentials: [],
    resourceSpecificApplicationPermissions: [],
  }
}

function groupObject(group: Group): GraphObject {
  return {
    id: group.objectId,
    deletedDateTime: null,
    classification: null,
    createdDateTime: created(group),
    creationOptions: [],
    description: null,
    displayName: group.displayName,
    expirationDateTime: null,
    groupTypes: [],
    isAssignableToRole: group.isAssignableToRole ? true : null,
    mail: null,
    mailEnabled: false,
    mailNickname: group.displayName.replace(/\W/g, ''),
    membershipRule: null,
    membershipRuleProcessingState: null,
    onPremisesSyncEnabled: null,
    proxyAddresses: [],
    renewedDateTime: created(group),
    resourceBehaviorOptions: [],
    resourceProvisioningOptions: [],
    securityEnabled: true,
    theme: null,
    visibility: null,
    onPremisesProvisioningErrors: [],
  }
}

function userObject(world: World, user: Principal): GraphObject {
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: null,
    jobTitle: null,
    mail: null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: `${user.displayName.replace(/\W/g, '.').toLowerCase()}@${world.tenantName}.onmicrosoft.com`,
    id: user.objectId,
  }
}

/** `$select`: the named properties and nothing else. */
export function select(
  object: Readonly<Record<string, unknown>>,
  properties: string | undefined,
): Record<string, unknown> {
  if (properties === undefined || properties === '') return { ...object }
  const wanted = new Set(properties.split(',').map(property => property.trim().toLowerCase()))
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => wanted.has(key.toLowerCase()) || key.startsWith('@odata')),
  )
}
