// Every refusal with what the action makes of it: code, sentence, advice and commands. They are in refusals/, a file each, which `npx vitest run -u` writes.
import { readFileSync } from 'node:fs'
import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it, vi } from 'vitest'
import { parseImageRequest, type ObservedImage } from 'azure'
import { ActionError, printFix, toFixJson, clauseOf, withReason } from 'kernel'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { restError } from '../../../__tests__/support/rest-error.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { armRules } from '../src/arm/errors.js'
import { importRules, isVerdict } from '../src/arm/import-errors.js'
import { clusterRules } from '../src/arm/run-command.js'
import { explainAnswer, type Attempt } from '../src/ask.js'
import { graphRules, type GraphAttempt } from '../src/graph/errors.js'
import { describeUnreadable, registryRules } from '../src/registry/errors.js'

const subscription = '/subscriptions/11111111-2222-4333-8444-555555555555'
const principalId = '99999999-2222-4333-8444-555555555555'
const caller = { type: 'ServicePrincipal' as const, objectId: principalId, name: 'gh-deployer' }
const attempt: Attempt = {
  failure: 'It failed',
  subject: 'aks-1',
  action: 'x/read',
  caller,
  scope: `${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`,
}
const to = (principalType: string): Partial<Attempt> => ({
  assignment: { principalId, principalType, roleId: 'r', role: 'AcrPull' },
})

function arm(status: number, code: string, message = 'No.', more: Partial<Attempt> = {}, rules = armRules) {
  const thrown = restError(status, { error: { ...(code && { code }), message } }, { 'x-ms-request-id': '1' })
  return explainAnswer(thrown, { ...attempt, ...more }, rules)
}
const page = (status: number) => explainAnswer(restError(status, '<html>'), attempt, armRules)

const registryOf = (name = 'contosoacr') => ({
  ...sampleRegistry(name),
  id: sampleRegistry(name).id.replace('/subscriptions/s', subscription),
})

function registry(statusCode: number, code: string, roleAssignmentMode: 'RBAC' | 'ABAC' = 'RBAC') {
  const response = { status: statusCode, bodyAsText: code && JSON.stringify({ errors: [{ code, message: 'No.' }] }) }
  const thrown = Object.assign(new RestError('No.', { statusCode, ...(code && { code }) }), { response })
  const asked = { failure: 'The image could not be read', subject: 'app:1', scope: registryOf().id, action: 'pull' }
  const inRepository = { registry: { ...registryOf(), roleAssignmentMode }, repository: 'team/app' }
  return explainAnswer(thrown, { ...asked, caller, ...inRepository }, registryRules)
}

function requestOf(line: string): ObservedImage['request'] {
  const request = parseImageRequest(line)
  if (!request) throw new Error(line)
  return request
}

/** An answer to an import of an image. */
function imported(
  [status, code, message]: [number, string, string],
  {
    line = 'nginx:1.27',
    isSignedIn = false,
    headers = {},
    ...more
  }: Partial<ObservedImage> & { line?: string; isSignedIn?: boolean; headers?: Record<string, string> } = {},
) {
  const image: ObservedImage = {
    request: requestOf(line),
    registry: registryOf(),
    present: { kind: 'missing' },
    notes: [],
    ...more,
  }
  const asked = { failure: 'nginx could not be imported', subject: image.request.text, scope: image.registry.id }
  const action = 'Microsoft.ContainerRegistry/registries/importImage/action'
  const notFound = 'REGISTRY_NOT_FOUND' as const
  const thrown = restError(status, { error: { code, message } }, headers)
  return explainAnswer(thrown, { ...asked, action, notFound, caller, image, isSignedIn }, importRules)
}
const source = (message: string, more?: Parameters<typeof imported>[1]) =>
  imported([400, 'InvalidParameters', message], more)
const raw = (status: number) =>
  `An error occurred when getting manifest. StatusCode: ${status}, Reason: x, Details: {"errors":[]}`

/** An answer that Azure gave to others. */
function recorded(name: string, more: Partial<Attempt> = {}) {
  const file = new URL(`recorded/${name}.json`, import.meta.url)
  const { response } = JSON.parse(readFileSync(file, 'utf8')) as {
    response: { status: number; body: unknown; headers: Record<string, string> }
  }
  return explainAnswer(restError(response.status, response.body, response.headers), { ...writing, ...more }, armRules)
}

const registryId = registryOf().id
const writing: Attempt = {
  failure: 'AcrPull could not be given',
  subject: 'contosoacr',
  scope: registryId,
  caller,
  action: 'Microsoft.Authorization/roleAssignments/write',
}
const asked = { notFound: 'REGISTRY_NOT_FOUND' as const }

/** What others got from Azure, and what must be said of it, by the name of the file. */
const recordings: Record<string, [name: string, more?: Partial<Attempt>]> = {
  'a missing right is named with its scope: AUTHORIZATION_FAILED': ['arm-error-403-authorizationfailed'],
  'a right that is missing elsewhere is named there: AUTHORIZATION_FAILED': ['arm-error-403-linkedauthorizationfailed'],
  'a missing subscription is no missing registry: SUBSCRIPTION_NOT_FOUND': [
    'arm-error-404-subscriptionnotfound',
    asked,
  ],
  'too many requests: THROTTLED': ['arm-error-429-resourcerequeststhrottled'],
  'a principal may still come: PRINCIPAL_NOT_FOUND, which recovers': ['ra-put-400-principalnotfound'],
  'an assignment that exists is only late: PROPAGATION_TIMEOUT, which recovers': ['ra-put-409-roleassignmentexists'],
  'another change goes first: AZURE_REFUSED, which recovers': ['aks-put-409-etagmismatch-unwrapped'],
  'a resource that no input names: AZURE_REFUSED': ['arm-error-404-resourcenotfound'],
  'a registry that an input names: REGISTRY_NOT_FOUND': ['arm-error-404-resourcenotfound', asked],
  'a resource group that no input names: AZURE_REFUSED': ['arm-error-404-resourcegroupnotfound'],
  'the resource group of a registry that an input names: REGISTRY_NOT_FOUND': [
    'arm-error-404-resourcegroupnotfound',
    asked,
  ],
}

const policyId = `${subscription}/providers/Microsoft.Authorization/policyAssignments/no-acr`
// Azure/azure-powershell issue 14563.
const byPolicy =
  `Resource 'contosoacr' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"No registries","id":"${policyId}"},` +
  `"policyDefinition":{"name":"Not allowed","id":"/providers/Microsoft.Authorization/policyDefinitions/6c112d4e"}}]'.`
const noPolicy = 'RequestDisallowedByPolicy'
const policy = (message: string) => arm(403, noPolicy, message)
/** Such a policy has a message of its own, and its name is in the details. */
function policyWith(info: unknown, type = 'PolicyViolation') {
  const message = `Resource 'contosoacr' was disallowed by policy. Reasons: 'Ask the platform team'.`
  const error = { code: noPolicy, message, additionalInfo: [null, { type, info }] }
  return explainAnswer(restError(403, { error }), attempt, armRules)
}

const refused = (scope: string, action = 'x/read', why = 'does not have authorization to perform') =>
  `The client 'a' with object id 'b' ${why} action '${action}' over scope '${scope}' or the scope is invalid.`
const at = (scope: string) => arm(403, 'AuthorizationFailed', refused(scope), writing)
const lacking = (action: string, scope = registryId) =>
  arm(403, 'AuthorizationFailed', 'No.', { ...writing, scope, action })
const ofList = (scope: string) => lacking('Microsoft.ContainerRegistry/registries/read', scope)
const byCondition = (action: string) =>
  arm(
    403,
    'AuthorizationFailed',
    refused('/s', action, 'has an authorization with ABAC condition that is not fulfilled to perform'),
    { ...writing, action, ...to('ServicePrincipal') },
  )

function graph(status: number, message: string, more: Partial<GraphAttempt> = {}, code = 'Request_BadRequest') {
  const thrown = restError(status, code ? { error: { code, message } } : message)
  const changing: GraphAttempt = {
    failure: 'The group could not be changed',
    subject: 'the-group',
    scope: '/groups/the-group',
    action: 'write',
    caller,
    refused: 'GROUP_ACCESS_DENIED',
    needs: 'GroupMember.ReadWrite.All',
    command: 'az ad group member add',
    ...more,
  }
  return explainAnswer(thrown, changing, graphRules)
}

const lockedBy = "The scope '/s' cannot perform write operation because following scope(s) are locked: "
const noAccounts = 'Getting static credential is not allowed because this cluster is set to disable local accounts.'
const disallowed = 'The operation is disallowed on this registry, repository or image.'
/** It is no status of a limit. */
const digestOf429 = `sha256:${'429'.repeat(21)}a`
const exists = 'Tag nginx:v1 already exists in target registry.'
const unread = { kind: 'unknown' as const, error: new ActionError('AZURE_UNAVAILABLE', 'no') }

interface Row {
  status: number
  code: string
  message: string
  /** What is special about the request; empty if nothing is. */
  how: string
}

/** Errors by the names of a table, whose rows have the status, the code (or -) and the message of an answer, and what is special about the request. */
const explainAll =
  (explain: (row: Row) => ActionError) =>
  (parts: TemplateStringsArray, ...values: string[]): Record<string, ActionError> => {
    const rows = String.raw(parts, ...values)
      .trim()
      .split(/\n */)
    return Object.fromEntries(
      rows.map(line => {
        const [name = '', answer = '', how = ''] = line.split(' | ')
        const [, status, code = '', message = 'No.'] = /^(\d+) (\S+)(?: (.*))?$/.exec(answer) ?? []
        return [name, explain({ status: Number(status), code: code === '-' ? '' : code, message, how })]
      }),
    )
  }

const requests: Record<string, Partial<Attempt>> = {
  'a group': to('Group'),
  'a service principal': to('ServicePrincipal'),
  'a registry': asked,
  nowhere: { ...asked, scope: '/providers/x' },
}

const noCluster = arm(404, 'ResourceNotFound', 'No.', { notFound: 'CLUSTER_NOT_FOUND', one: 'cluster' })

const imports: Record<string, Parameters<typeof imported>[1]> = {
  unread: { present: unread },
  quay: { line: 'quay.io/team/app:v1' },
  private: { line: 'ghcr.io/octo-org/private:1' },
  'private, signed in': { line: 'ghcr.io/octo-org/private:1', isSignedIn: true },
  'signed in': { isSignedIn: true },
  misspelt: { line: 'ngnix:1.27' },
  'of a registry': { sourceRegistry: registryOf('sourceacr') },
  'by the service': { headers: { 'x-ms-failure-cause': 'service' } },
  'by the gateway': { headers: { 'x-ms-failure-cause': 'gateway' } },
}
const importing = ({ status, code, message, how }: Row) => imported([status, code, message], imports[how])

const membership = { groupId: 'the-group', objectId: 'the-identity' }
const memberships: Record<string, Partial<GraphAttempt>> = {
  'a membership': membership,
  'a group': { groupId: 'the-group' },
  'an identity': { objectId: 'the-identity' },
}

const refusals: Record<string, () => Record<string, ActionError>> = {
  'Azure Resource Manager': () => ({
    ...explainAll(({ status, code, how }) => arm(status, code, 'No.', { notFound: how as ActionError['code'] }))`
      no resource group: INVALID_INPUT | 404 ResourceNotFound | INVALID_INPUT
      no cluster: CLUSTER_NOT_FOUND | 404 ResourceNotFound | CLUSTER_NOT_FOUND
      no registry: REGISTRY_NOT_FOUND | 404 ResourceNotFound | REGISTRY_NOT_FOUND
      no identity: IDENTITY_NOT_FOUND | 404 ResourceNotFound | IDENTITY_NOT_FOUND
      no principal: PRINCIPAL_NOT_FOUND | 404 ResourceNotFound | PRINCIPAL_NOT_FOUND
    `,
    'no cluster, where it was to be read: CLUSTER_NOT_FOUND': noCluster,
    'no cluster, for which something else fails: CLUSTER_NOT_FOUND': elsewhere(noCluster),
    ...explainAll(({ status, code, message, how }) => arm(status, code, message, requests[how]))`
      nothing that an input names: AZURE_REFUSED | 404 ResourceNotFound Not here.
      no registry in an ID without a subscription: REGISTRY_NOT_FOUND | 404 NotFound | nowhere
      an unknown group: PRINCIPAL_NOT_FOUND, which recovers | 400 PrincipalNotFound | a group
      an unknown identity: PRINCIPAL_NOT_FOUND, which recovers | 400 PrincipalNotFound | a service principal
      an unknown principal: PRINCIPAL_NOT_FOUND, which recovers | 400 PrincipalNotFound
      no group: PRINCIPAL_NOT_FOUND | 400 UnmatchedPrincipalType | a group
      no identity by its type: PRINCIPAL_NOT_FOUND | 400 InvalidPrincipalId | a service principal
      no principal by its type: PRINCIPAL_NOT_FOUND | 400 InvalidPrincipalId
      an unregistered provider: AZURE_REFUSED | 409 MissingSubscriptionRegistration
      an unregistered provider that Azure names: AZURE_REFUSED | 409 MissingSubscriptionRegistration The subscription is not registered to use namespace 'Microsoft.ContainerService'.
      a restriction of Azure itself: AZURE_REFUSED | 403 RequestDisallowedByAzure
      a disabled subscription: AZURE_REFUSED | 403 ReadOnlyDisabledSubscription
      a name that is in use: AZURE_REFUSED | 409 AlreadyInUse
      an invalid subscription ID: SUBSCRIPTION_NOT_FOUND | 400 InvalidSubscriptionId
      a deny assignment: AUTHORIZATION_FAILED | 403 DenyAssignmentAuthorizationFailed
      no right: AUTHORIZATION_FAILED | 403 SomethingNew
      a lock: SCOPE_LOCKED | 409 ScopeLocked ${lockedBy}'${subscription}/resourceGroups/rg,/s'.
      a lock at what is no place: SCOPE_LOCKED | 409 ScopeLocked ${lockedBy}'rg; see https://evil'.
      a lock in other letter case: SCOPE_LOCKED | 409 scopelocked
      too many assignments: ASSIGNMENT_LIMIT | 400 RoleAssignmentLimitExceeded
      a token of another tenant: SIGN_IN_FAILED | 401 InvalidAuthenticationTokenTenant
      an expired token: SIGN_IN_FAILED | 401 ExpiredAuthenticationToken
      too many requests: THROTTLED | 429 SomethingNew
      a timeout: AZURE_UNAVAILABLE | 408 SomethingNew
      a server error: AZURE_UNAVAILABLE | 500 SomethingNew
      an unknown code: AZURE_REFUSED | 400 Strange
      no code: AZURE_REFUSED | 400 -
      another operation: AZURE_REFUSED, which recovers | 409 Conflict Another operation is in progress.
      a busy registry: AZURE_REFUSED, which recovers | 409 Conflict The registry is busy.
      an update: AZURE_REFUSED, which recovers | 409 Conflict It is being updated.
      a conflict that stays: AZURE_REFUSED | 409 Conflict It exists.
      another operation, with another status: AZURE_REFUSED | 400 Conflict Another operation is in progress.
      a hash conflict: AZURE_REFUSED, which recovers | 400 HashConflictOnDifferentRoleAssignmentIds
      a hash conflict, by an older code: AZURE_REFUSED, which recovers | 400 hashconflict
      a hash conflict, by its words: AZURE_REFUSED, which recovers | 400 BadRequest There is a Hash Conflict on the role assignment ID.
      no hash conflict: AZURE_REFUSED | 400 NoHashConflict
      no registry, but InvalidResourceType: AZURE_REFUSED | 404 InvalidResourceType | a registry
      no registry, but InvalidResourceNamespace: AZURE_REFUSED | 404 InvalidResourceNamespace | a registry
      no registry, but NoRegisteredProviderFound: AZURE_REFUSED | 404 NoRegisteredProviderFound | a registry
      no registry, but RoleDefinitionDoesNotExist: AZURE_REFUSED | 404 RoleDefinitionDoesNotExist | a registry
    `,
    'a message of two lines: AZURE_REFUSED': arm(400, 'Strange', 'One.\r\n  ::error::two\nThree.'),
    ...Object.fromEntries(
      [null, 'text', 7, [], { error: null }, { error: 'text' }, { code: 7, message: { a: 1 } }, {}].map(body => [
        `other JSON, ${JSON.stringify(body)}: AZURE_REFUSED`,
        explainAnswer(restError(400, JSON.stringify(body), { 'x-ms-request-id': '1' }), attempt, armRules),
      ]),
    ),
    'no connection: AZURE_UNAVAILABLE': explainAnswer(
      new RestError('connect ECONNREFUSED 127.0.0.1:443', { code: 'ECONNREFUSED' }),
      attempt,
      armRules,
    ),
    'a rule for nothing: AZURE_REFUSED': arm(400, 'Strange', 'No.', {}, []),
  }),
  'recorded answers': () =>
    Object.fromEntries(Object.entries(recordings).map(([title, [name, more]]) => [title, recorded(name, more)])),
  'a policy': () => ({
    'that is not named: POLICY_DENIED': policy('No.'),
    'that is named: POLICY_DENIED': policy(byPolicy),
    'with an ID that is no ID: POLICY_DENIED': policy(byPolicy.replace('no-acr', 'x$(reboot)')),
    'in the details: POLICY_DENIED': policyWith({
      policyAssignmentDisplayName: 'No registries',
      policyAssignmentId: policyId,
    }),
    'in the details, without an ID: POLICY_DENIED': policyWith({ policyAssignmentName: 'no-acr' }),
    'in the details, with an ID that is no ID: POLICY_DENIED': policyWith({
      policyAssignmentId: `${policyId}$(reboot)`,
    }),
    'in details that are nothing: POLICY_DENIED': policyWith(null),
    'in details that are a text: POLICY_DENIED': policyWith('text'),
    'in details of other types: POLICY_DENIED': policyWith({ policyAssignmentDisplayName: 7, policyAssignmentId: {} }),
    'in details about something else: POLICY_DENIED': policyWith({ policyAssignmentDisplayName: 'Other' }, 'Other'),
  }),
  'the scope of a refusal': () => ({
    'another resource is what the role is needed at: AUTHORIZATION_FAILED': at(
      `${subscription}/resourceGroups/rg-(prod)/providers/Microsoft.ContainerRegistry/registries/source`,
    ),
    'a text that is no scope is not repeated: AUTHORIZATION_FAILED': at('/subscriptions/1; reboot'),
    'a wider scope: the role is needed at the resource only: AUTHORIZATION_FAILED': at(subscription),
    'the tenant: the role is needed at the resource only: AUTHORIZATION_FAILED': at('/'),
    'no scope: the role is needed at the resource of the request: AUTHORIZATION_FAILED': lacking(
      'Microsoft.ContainerRegistry/registries/read',
    ),
    'a subscription, of a list: no role for all of it, but a resource ID: AUTHORIZATION_FAILED':
      ofList('/subscriptions/1'),
    'a resource group, of a list: no role for all of it, but a resource ID: AUTHORIZATION_FAILED': ofList(
      '/subscriptions/1/resourceGroups/rg',
    ),
    'no scope, of a list: no role for all of it, but a resource ID: AUTHORIZATION_FAILED': ofList('/subscriptions'),
    'a resource group, which the request is about: location makes it unnecessary: AUTHORIZATION_FAILED': lacking(
      'Microsoft.Resources/subscriptions/resourceGroups/read',
      '/subscriptions/1/resourceGroups/rg',
    ),
    'a scope with a condition: it must allow the write: AUTHORIZATION_FAILED': byCondition(
      'Microsoft.Authorization/roleAssignments/write',
    ),
    'a scope with a condition: it must allow the deletion: AUTHORIZATION_FAILED': byCondition(
      'Microsoft.Authorization/roleAssignments/delete',
    ),
    'a locked resource group: its locks are listed: SCOPE_LOCKED': arm(409, 'ScopeLocked', 'Locked.', {
      scope: `${subscription}/resourceGroups/rg-new`,
    }),
  }),
  'Microsoft Graph': () => ({
    ...Object.fromEntries(
      [
        "One or more added object references already exist, or the objects being referenced do not exist: 'members'.",
        'The object being referenced does not exist.',
        'Resource reference-property objects are not present.',
      ].map(message => [`${message}: PRINCIPAL_NOT_FOUND, which recovers`, graph(400, message, membership)]),
    ),
    ...explainAll(({ status, code, message, how }) => graph(status, message, memberships[how], code))`
      an object that does not exist, of no membership: PRINCIPAL_NOT_FOUND, which recovers | 400 Request_BadRequest The object being referenced does not exist.
      an object that does not exist, of an identity alone: PRINCIPAL_NOT_FOUND, which recovers | 400 Request_BadRequest The object being referenced does not exist. | an identity
      no right: GROUP_ACCESS_DENIED | 403 Authorization_RequestDenied Insufficient privileges.
      a web page: AZURE_UNAVAILABLE | 403 - <html>
      too many requests: THROTTLED | 429 Request_BadRequest Slow.
      something else: AZURE_REFUSED | 400 Request_BadRequest Something new.
      something else about a membership: GROUP_ACCESS_DENIED | 400 Request_BadRequest Something new. | a membership
      something else about a group: AZURE_REFUSED | 400 Request_BadRequest Something new. | a group
      something else about an identity: AZURE_REFUSED | 400 Request_BadRequest Something new. | an identity
      something else about a membership, with another status: AZURE_REFUSED | 422 Request_BadRequest Something new. | a membership
    `,
  }),
  'a cluster': () =>
    explainAll(({ status, code, message }) => arm(status, code, message, {}, clusterRules))`
      a refused pod of Run Command: PROBE_FAILED | 400 KubernetesOperationError admission webhook x denied the request
      another failure of Run Command: PROBE_FAILED, which recovers | 400 KubernetesOperationError no node has room
      a slow Run Command: PROBE_FAILED, which recovers | 400 KubernetesPerformanceError Slow.
      a refusal with another code: AZURE_REFUSED | 400 Strange x denied the request
      no local accounts: CLUSTER_UNREACHABLE | 400 BadRequest ${noAccounts}
      no local accounts, with another status: AUTHORIZATION_FAILED | 403 Forbidden ${noAccounts}
    `,
  'something in between': () => explainAll(({ status }) => page(status))`
    a web page is no answer of Azure's, from 300: AZURE_UNAVAILABLE | 300 -
    a web page is no answer of Azure's, to 399: AZURE_UNAVAILABLE | 399 -
    a web page with 400 may be Azure's: AZURE_REFUSED | 400 -
    a web page is no missing right: AZURE_UNAVAILABLE | 403 -
    a web page is no missing resource: AZURE_UNAVAILABLE | 404 -
    a web page of a proxy that wants a password: AZURE_UNAVAILABLE | 407 -
  `,
  'a registry': () =>
    explainAll(({ status, code, how }) => registry(status, code, how === 'ABAC' ? 'ABAC' : 'RBAC'))`
      no manifest: IMAGE_NOT_FOUND | 404 MANIFEST_UNKNOWN
      no repository: IMAGE_NOT_FOUND | 404 NAME_UNKNOWN
      404 without a code: AZURE_UNAVAILABLE | 404 -
      404 with the code of something else: AZURE_UNAVAILABLE | 404 NotFound
      no role: AUTHORIZATION_FAILED | 401 UNAUTHORIZED
      no role, in ABAC mode: AUTHORIZATION_FAILED | 401 UNAUTHORIZED | ABAC
      a firewall: AUTHORIZATION_FAILED | 403 DENIED
      a proxy: AZURE_UNAVAILABLE | 403 -
      too many requests: THROTTLED | 429 TOOMANYREQUESTS
      an unknown code: AZURE_REFUSED | 400 Strange
    `,
  // Texts of imports: Azure/acr issues 181, 422, 449, 571, 632; azure-cli issue 10938.
  'an import': () =>
    explainAll(importing)`
      a tag that exists: IMAGE_CONFLICT | 409 Conflict ${exists}
      a tag that exists and could not be read: IMAGE_CONFLICT | 409 Conflict ${exists} | unread
      no manifest: IMAGE_NOT_FOUND | 400 InvalidParameters Unable to find manifest digest  Repo: docker.io/a Tag:  Manifest: ${digestOf429}
      no repository: IMAGE_NOT_FOUND | 404 NotFound StatusCode: 404, Details: {"errors":[{"code":"NAME_UNKNOWN"}]}
      a refusal by the source: SOURCE_UNAUTHORIZED | 400 InvalidParameters Invalid message Unauthorized Unauthorized {"errors":[{"code":"UNAUTHORIZED"}]}
      a limit of Docker Hub: SOURCE_RATE_LIMITED | 400 InvalidParameters ${raw(429)}
      a limit of Docker Hub, by its code: SOURCE_RATE_LIMITED | 400 InvalidParameters TOOMANYREQUESTS
      a limit of another source: SOURCE_RATE_LIMITED | 400 InvalidParameters ${raw(429)} | quay
      a private image: SOURCE_UNAUTHORIZED | 400 InvalidParameters ${raw(401)} | private
      a private image, signed in: SOURCE_UNAUTHORIZED | 400 InvalidParameters ${raw(401)} | private, signed in
      a private image or none: SOURCE_UNAUTHORIZED | 400 InvalidParameters ${raw(401)} | misspelt
      no private image, signed in: SOURCE_UNAUTHORIZED | 400 InvalidParameters ${raw(401)} | signed in
      no image: IMAGE_NOT_FOUND | 400 InvalidParameters ${raw(404)} | misspelt
      a registry that refuses: IMPORT_FAILED | 400 InvalidParameters Access to contosoacr.azurecr.io denied.
      a registry that refuses, 403: IMPORT_FAILED | 403 Forbidden Access to contosoacr.azurecr.io was denied.
      a firewall at the registry: IMPORT_FAILED | 400 InvalidParameters client with IP 1.2.3.4
      a firewall, perhaps at the source: IMPORT_FAILED | 400 InvalidParameters client with IP 1.2.3.4 | of a registry
      a bad server: IMPORT_FAILED | 400 InvalidParameters Error copying blobs. The remote server may not be RFC 7233 compliant.
      something else: IMPORT_FAILED | 400 InvalidParameters Something else.
      a cache rule: IMPORT_FAILED | 400 InvalidParameters A cache rule exists.
      a locked image: IMPORT_FAILED | 405 REGISTRY_DISALLOWED_OPERATION ${disallowed}
      a locked image, 409: IMPORT_FAILED | 409 Conflict ${disallowed}
      a busy registry: IMPORT_FAILED, which recovers | 409 Conflict The registry is busy.
      a registry that is not ready: IMPORT_FAILED, which recovers | 409 Conflict The registry is not ready.
      a request to try again: IMPORT_FAILED, which recovers | 409 Conflict Please try again.
      the same, 400: IMPORT_FAILED | 400 Conflict Please try again.
      a conflict: IMPORT_FAILED | 409 Conflict
      the import service: IMPORT_FAILED | 400 InvalidResourceName No. | by the service
    `,
  'an import, by others than the import service': () =>
    explainAll(importing)`
      no right: AUTHORIZATION_FAILED | 403 AuthorizationFailed
      no registry: REGISTRY_NOT_FOUND | 404 ResourceNotFound The Resource was not found.
      no resource group: REGISTRY_NOT_FOUND | 404 ResourceGroupNotFound Resource group could not be found.
      no parent: REGISTRY_NOT_FOUND | 404 ParentResourceNotFound
      no subscription: SUBSCRIPTION_NOT_FOUND | 404 SubscriptionNotFound
      too many requests: THROTTLED | 429 TooManyRequests Too Many Requests
      an outage: AZURE_UNAVAILABLE | 503 ServiceUnavailable Later.
      a policy: POLICY_DENIED | 403 ${noPolicy}
      a lock: SCOPE_LOCKED | 409 ScopeLocked Locked.
      the gateway: AZURE_REFUSED | 400 InvalidResourceName No. | by the gateway
      a server error: AZURE_UNAVAILABLE | 500 X manifest unknown
      a redirect: AZURE_UNAVAILABLE | 302 X manifest unknown
    `,
}

const elsewhere = (error: ActionError): ActionError =>
  error.with({ said: withReason('AcrPull could not be assigned', error.said) })

/** Code, sentence, and advice with its commands. */
function show(error: ActionError): string {
  const { code, kind, recovers, said, azure, message, fix } = error
  const isQuoted = said.why !== undefined && said.why === clauseOf(azure?.message ?? '')
  const how = [kind, recovers ? 'which recovers' : '', isQuoted ? "in Azure's words" : ''].filter(Boolean).join(', ')
  return sayScopes([`${code}, ${how}`, message, printFix(fix)].join('\n'))
}

describe('refusals', () => {
  it.each(Object.keys(refusals))('by %s are explained as in refusals/', by => {
    const text = printCatalogue(refusals[by]?.() ?? {}, show)
    return expect(text).toMatchFileSnapshot(`refusals/${by.replaceAll(/\W+/g, '-')}.txt`)
  })

  it('by the import service end an import, and no others', () => {
    const verdictsOf = (by: string) => new Set(Object.values(refusals[by]?.() ?? {}).map(isVerdict))
    expect(verdictsOf('an import')).toEqual(new Set([true]))
    expect(verdictsOf('an import, by others than the import service')).toEqual(new Set([false]))
  })

  it("with Azure's header, or Azure's code, are Azure's", () => {
    const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'no' } })
    for (const thrown of [restError(403, body), restError(403, '<html>', { 'x-ms-request-id': '1' })])
      expect(explainAnswer(thrown, attempt, armRules).code).toBe('AUTHORIZATION_FAILED')
  })

  it('of which no answer came have what to check on the way', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.corp:3128')
    for (const status of [503, 407])
      expect(toFixJson(page(status).fix).text).toContain('http://proxy.corp:3128 (HTTPS_PROXY, NO_PROXY)')
  })

  it("keep Azure's code and correlation ID", () => {
    const said = { code: 'AuthorizationFailed', message: 'No.' }
    const { azure } = explainAnswer(
      restError(403, { error: said }, { 'x-ms-correlation-request-id': 'abc' }),
      attempt,
      armRules,
    )
    expect(azure).toEqual({ ...said, status: 403, correlationId: 'abc' })
  })

  it('of an image quote the raw text after one sentence', () => {
    const { said, message } = source(raw(429))
    expect(said.quote).toEqual({ by: 'Azure said:', text: clauseOf(raw(429)) })
    expect(message).toBe(`${said.what}. Azure said: ${clauseOf(raw(429))}.`)
  })
})

it('an unreadable image is named with the reason and short digests', () => {
  const request = requestOf(`docker.io/library/nginx@sha256:${'a'.repeat(64)}`)
  expect(describeUnreadable({ request, registry: registryOf() }, 'no way')).toBe(
    "the digest of library/nginx@sha256:aaaaaaaaaaaa… on contosoacr can't be read: no way",
  )
})
