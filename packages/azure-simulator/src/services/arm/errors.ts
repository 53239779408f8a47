import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { withoutDashes } from '../../model/ids.js'
import { locations } from '../../model/locations.js'
import type { DenyAssignment, Policy } from '../../world/governance.js'
import type { Caller } from '../tokens/bearer.js'

/** An error of Azure Resource Manager or a resource provider. */
export class ArmError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** Properties in addition to code and message: `additionalInfo`, `details`. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
    this.more = more
  }

  get body(): { error: { code: string; message: string } } {
    return { error: { code: this.code, message: this.message, ...this.more } }
  }
}

/** Marks ARM's own answers, sent before a provider sees the request (recorded on 403 and 404). */
const gateway = { 'x-ms-failure-cause': 'gateway' }

const clientText = (caller: Caller): string => `The client '${caller.clientId}' with object id '${caller.objectId}'`
const refresh = 'If access was recently granted, please refresh your credentials.'

/**
 * Codes and texts are from recorded traffic and public issues; if neither shows a status, it follows Azure's
 * documentation.
 */
export const armErrors = {
  missingApiVersion: () =>
    new ArmError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
      gateway,
    ),
  invalidApiVersion: (version: string, versions: readonly string[]) =>
    new ArmError(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid. The supported versions are '${versions.join(',')}'.`,
      gateway,
    ),
  /** Text: Azure/acr #70, Azure-MG-Sub-Governance-Reporting #266. */
  noSuchVersion: (type: string, version: string, versions: readonly string[]) =>
    new ArmError(
      400,
      'NoRegisteredProviderFound',
      `No registered resource provider found for location 'westeurope' and API version '${version}' for type '${type}'. The supported api-versions are '${versions.join(', ')}'. The supported locations are '${locations.join(', ')}'.`,
      gateway,
    ),
  /** Text: Azure-Landing-Zones #2199. */
  locationNotAvailable: (location: string, type: string) =>
    new ArmError(
      400,
      'LocationNotAvailableForResourceType',
      `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${locations.join(',')}'.`,
      gateway,
    ),
  invalidResourceType: (namespace: string, version: string) =>
    new ArmError(
      404,
      'InvalidResourceType',
      `The resource type could not be found in the namespace '${namespace}' for api version '${version}'.`,
      gateway,
    ),
  subscriptionNotFound: (id: string) =>
    new ArmError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`, gateway),
  resourceGroupNotFound: (name: string) =>
    new ArmError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`, gateway),
  resourceNotFound: (type: string, name: string, group: string) =>
    new ArmError(
      404,
      'ResourceNotFound',
      `The Resource '${type}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
      gateway,
    ),
  authorizationFailed: (caller: Caller, action: string, scope: string) =>
    new ArmError(
      403,
      'AuthorizationFailed',
      `${clientText(caller)} does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. ${refresh}`,
      gateway,
    ),
  conditionNotFulfilled: (caller: Caller, action: string, scope: string) =>
    new ArmError(
      403,
      'AuthorizationFailed',
      `${clientText(caller)} has an authorization with ABAC condition that is not fulfilled to perform action '${action}' over scope '${scope}' or the scope is invalid. ${refresh}`,
      gateway,
    ),
  denied: (caller: Caller, action: string, scope: string, denial: DenyAssignment) =>
    new ArmError(
      403,
      'DenyAssignmentAuthorizationFailed',
      `${clientText(caller)} has permission to perform action '${action}' on scope '${scope}'; however, the access is denied because of the deny assignment with name '${denial.denyAssignmentName}' and Id '${withoutDashes(denial.name)}' at scope '${denial.scope}'.`,
      gateway,
    ),
  /** The only recorded text of a refused link, from another service. */
  linkedAuthorizationFailed: (
    caller: Caller,
    allowed: { action: string; scope: string },
    refused: { action: string; scope: string },
  ) =>
    new ArmError(
      403,
      'LinkedAuthorizationFailed',
      `${clientText(caller)} has permission to perform action '${allowed.action}' on scope '${allowed.scope}'; however, it does not have permission to perform action(s) '${refused.action}' on the linked scope(s) '${refused.scope}' (respectively) or the linked scope(s) are invalid.`,
      gateway,
    ),
  /** All errors of an import, in the request or later (Azure/acr #632). */
  invalidImport: (message: string) => new ArmError(400, 'InvalidParameters', message),
  scopeLocked: (id: string, operation: 'write' | 'delete', locked: readonly string[]) =>
    new ArmError(
      409,
      'ScopeLocked',
      `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: '${locked.join(',')}'. Please remove the lock and try again.`,
      gateway,
    ),
  // Azure/azure-powershell issue 14563.
  disallowedByPolicy: (resource: string, policies: readonly Policy[]) => {
    const identifiers = policies.map(({ name, id }) => ({
      policyAssignment: { name, id },
      policyDefinition: { name: `${name} (definition)`, id: id.replace('policyAssignments', 'policyDefinitions') },
    }))
    return new ArmError(
      403,
      'RequestDisallowedByPolicy',
      `Resource '${resource}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`,
      gateway,
      {
        target: resource,
        additionalInfo: policies.map(({ name, id }) => ({
          type: 'PolicyViolation',
          info: { policyAssignmentDisplayName: name, policyAssignmentId: id, policyDefinitionEffect: 'Deny' },
        })),
      },
    )
  },
  providerNotRegistered: (namespace: string) =>
    new ArmError(
      409,
      'MissingSubscriptionRegistration',
      `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
      gateway,
    ),
  roleAssignmentLimitExceeded: () =>
    new ArmError(400, 'RoleAssignmentLimitExceeded', 'No more role assignments can be created.'),
  roleAssignmentExists: (name: string) =>
    new ArmError(
      409,
      'RoleAssignmentExists',
      `The role assignment already exists. The ID of the existing role assignment is ${withoutDashes(name)}.`,
    ),
  /** Status: Azure-Landing-Zones #2040 quotes it as a bad request. */
  roleAssignmentUpdateNotPermitted: () =>
    new ArmError(
      400,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    ),
  roleAssignmentNotFound: (name: string) =>
    new ArmError(404, 'RoleAssignmentNotFound', `The role assignment '${name}' is not found.`),
  invalidRoleAssignmentId: (name: string) =>
    new ArmError(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    ),
  invalidRequestContent: (message: string) => new ArmError(400, 'InvalidRequestContent', message),
  invalidPrincipalId: (principalId: string) =>
    new ArmError(
      400,
      'InvalidPrincipalId',
      `The Principal ID '${principalId}' is not valid. Principal ID must be a GUID.`,
    ),
  principalNotFound: (principalId: string, tenantId: string) =>
    new ArmError(
      400,
      'PrincipalNotFound',
      `Principal ${withoutDashes(principalId)} does not exist in the directory ${tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
    ),
  unmatchedPrincipalType: (principalId: string, actual: string, given: string) =>
    new ArmError(
      400,
      'UnmatchedPrincipalType',
      `The PrincipalId '${withoutDashes(principalId)}' has type '${actual}' , which is different from specified PrinciaplType '${given}'.`,
    ),
  roleDefinitionDoesNotExist: (id: string) =>
    new ArmError(
      404,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${withoutDashes(id)}' does not exist.`,
    ),
  invalidCondition: (message: string) => new ArmError(400, 'BadRequestFormat', `The condition is invalid. ${message}`),
  /** Text: azure-rest-api-specs #28255; the code is that of a bad request (azure-powershell #20323). */
  invalidFilter: (filter: string) =>
    new ArmError(
      400,
      'BadRequest',
      `The filter '${filter}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'.`,
    ),
}
