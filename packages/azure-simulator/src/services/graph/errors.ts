import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { newGuid } from '../../model/ids.js'
import type { BearerFailure } from '../tokens/bearer.js'

export class GraphError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  body(clientRequestId: string | undefined): Record<string, unknown> {
    const requestId = newGuid()
    const innerError = {
      date: new Date().toISOString().slice(0, 19),
      'request-id': requestId,
      'client-request-id': clientRequestId ?? requestId,
    }
    return { error: { code: this.code, message: this.message, innerError } }
  }
}

/** Codes and texts: recorded traffic, Graph documentation and public issues. */
export const graphErrors = {
  denied: () =>
    new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  notFound: (id: string) =>
    new GraphError(
      404,
      'Request_ResourceNotFound',
      `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    ),
  alreadyExists: (property: string) =>
    new GraphError(
      400,
      'Request_BadRequest',
      `One or more added object references already exist for the following modified properties: '${property}'.`,
    ),
  // Azure/azure-dev issue 1482.
  nameTaken: (name: string) =>
    new GraphError(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `FederatedIdentityCredential with name ${name} already exists.`,
    ),
  // Azure/azure-workload-identity issue 434.
  subjectTaken: (issuer: string, subject: string) =>
    new GraphError(
      400,
      'InvalidFederatedIdentityCredentialValue',
      `The combination of issuer and subject must be unique for the application. Issuer ${issuer} and Subject: ${subject} already exist. paramName: FederatedIdentityCredential.Subject, paramValue: ${subject}, objectType: Microsoft.Online.DirectoryServices.Application`,
    ),
  // Many public scripts check for these two texts.
  noSuchAppRole: (appId: string) =>
    new GraphError(400, 'Request_BadRequest', `Permission being assigned was not found on application '${appId}'.`),
  appRoleTaken: () =>
    new GraphError(400, 'Request_BadRequest', 'Permission being assigned already exists on the object'),
  synchronised: () =>
    new GraphError(
      400,
      'Request_BadRequest',
      'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
    ),
  // microsoftgraph/microsoft-graph-docs issue 14827.
  mailEnabled: () =>
    new GraphError(400, 'Request_BadRequest', 'Cannot Update a mail-enabled security groups and or distribution list.'),
  // The text isn't documented; nothing must depend on it.
  dynamic: () =>
    new GraphError(400, 'Request_BadRequest', 'Members of a group with dynamic membership can not be changed.'),
  badRequest: (message: string) => new GraphError(400, 'Request_BadRequest', message),
  unsupportedQuery: (message: string) => new GraphError(400, 'Request_UnsupportedQuery', message),
  noSuchSegment: (segment: string) =>
    new GraphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`),
  unauthenticated: (failure: BearerFailure) =>
    new GraphError(401, 'InvalidAuthenticationToken', bearerTexts[failure.kind]),
}

const bearerTexts: Readonly<Record<BearerFailure['kind'], string>> = {
  missing: 'Access token is empty.',
  invalid: 'Access token validation failure. Invalid signature.',
  expired: 'Lifetime validation failed, the token is expired.',
  audience: 'Access token validation failure. Invalid audience.',
}
