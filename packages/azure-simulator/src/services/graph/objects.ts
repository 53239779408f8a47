import { graphAppId, graphPermissions } from '../../model/graph-permissions.js'
import type { Group, Principal } from '../../world/directory.js'
import type { World } from '../../world/world.js'

type GraphObject = Readonly<Record<string, unknown>> & { readonly id: string }

const isGroup = (principal: Principal): principal is Group => principal.type === 'Group'

const created = (principal: Principal): string => new Date(principal.createdAt).toISOString().replace(/\.\d+/, '')

/** The default properties of a directory object in Graph (recorded in 2022). */
export function graphObject(world: World, principal: Principal): GraphObject {
  if (isGroup(principal)) return groupObject(principal)
  return principal.type === 'User' ? userObject(world, principal) : servicePrincipalObject(world, principal)
}

/** The `@odata.type` that distinguishes objects in mixed lists. */
export function odataType(principal: Principal): string {
  const name = principal.type === 'Group' ? 'group' : principal.type === 'User' ? 'user' : 'servicePrincipal'
  return `#microsoft.graph.${name}`
}

/** The tenant of Microsoft's own applications. */
const microsoftTenant = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'

/** Microsoft Graph's application permissions that the simulator supports, without descriptions. */
const graphAppRoles = Object.entries(graphPermissions).map(([value, { id, displayName }]) => ({
  allowedMemberTypes: ['Application'],
  displayName,
  id,
  isEnabled: true,
  origin: 'Application',
  value,
}))

function servicePrincipalObject(world: World, principal: Principal): GraphObject {
  const isGraph = principal.clientId === graphAppId
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
    appOwnerOrganizationId: isManaged ? null : isGraph ? microsoftTenant : principal.tenantId,
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
    servicePrincipalNames: [principal.clientId, ...(isGraph ? [`https://${world.cloud.graphHost}`] : [])],
    servicePrincipalType: principal.servicePrincipalType,
    signInAudience: isManaged ? null : isGraph ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
    tags: [],
    tokenEncryptionKeyId: null,
    samlSingleSignOnSettings: null,
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    addIns: [],
    appRoles: isGraph ? graphAppRoles : [],
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
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
    groupTypes: group.membershipRule === undefined ? [] : ['DynamicMembership'],
    isAssignableToRole: group.isAssignableToRole ? true : null,
    mail: null,
    mailEnabled: group.mailEnabled,
    mailNickname: group.displayName.replace(/\W/g, ''),
    membershipRule: group.membershipRule ?? null,
    membershipRuleProcessingState: group.membershipRule === undefined ? null : 'On',
    onPremisesDomainName: null,
    onPremisesLastSyncDateTime: null,
    onPremisesNetBiosName: null,
    onPremisesSamAccountName: null,
    onPremisesSecurityIdentifier: null,
    onPremisesSyncEnabled: group.onPremisesSyncEnabled ? true : null,
    preferredDataLocation: null,
    preferredLanguage: null,
    proxyAddresses: [],
    renewedDateTime: created(group),
    resourceBehaviorOptions: [],
    resourceProvisioningOptions: [],
    securityEnabled: true,
    securityIdentifier: securityIdentifier(group.objectId),
    theme: null,
    visibility: null,
    onPremisesProvisioningErrors: [],
  }
}

/** `S-1-12-1-` and the object ID as four little-endian numbers; recorded groups confirm it. */
function securityIdentifier(objectId: string): string {
  const [a = '', b = '', c = '', d = '', e = ''] = objectId.split('-')
  const swap = (hex: string): string => hex.match(/../g)?.reverse().join('') ?? ''
  const bytes = Buffer.from(`${swap(a)}${swap(b)}${swap(c)}${d}${e}`, 'hex')
  return `S-1-12-1-${[0, 4, 8, 12].map(offset => bytes.readUInt32LE(offset)).join('-')}`
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

/** `$select`: only the named properties. */
export function select(
  object: Readonly<Record<string, unknown>>,
  properties: string | undefined,
): Record<string, unknown> {
  if (properties === undefined || properties === '') return { ...object }
  const selected = new Set(properties.split(',').map(property => property.trim().toLowerCase()))
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => selected.has(key.toLowerCase()) || key.startsWith('@odata')),
  )
}
