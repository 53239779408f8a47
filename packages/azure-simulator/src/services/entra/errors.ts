import { newGuid } from '../../model/ids.js'

/** An error of the token endpoint. */
export class EntraError extends Error {
  readonly code: number
  readonly error: string
  readonly status: 400 | 401

  constructor(code: number, error: string, status: 400 | 401, text: string) {
    super(text)
    this.code = code
    this.error = error
    this.status = status
  }
}

/** The body of the v2.0 token endpoint's errors. */
export function errorBody(error: EntraError, correlationId: string): Record<string, unknown> {
  const traceId = newGuid()
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\.\d+/, '')
  return {
    error: error.error,
    error_description: `AADSTS${String(error.code)}: ${error.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${String(error.code)}`,
  }
}

const federationHint =
  'Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation'

/** No federated credential matches the ID token. */
const noneFits = (code: number, claim: string, presented: string): EntraError =>
  new EntraError(
    code,
    'invalid_client',
    401,
    `No matching federated identity record found for presented assertion ${claim} '${presented}'. ${federationHint}`,
  )

/** Entra's errors with their texts from public quotes; public issues fill the gaps in the documentation. */
export const entraErrors = {
  tenantNotFound: (tenant: string) =>
    new EntraError(
      90002,
      'invalid_request',
      400,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
    ),
  missingParameter: (name: string) =>
    new EntraError(900144, 'invalid_request', 400, `The request body must contain the following parameter: '${name}'.`),
  unsupportedGrant: (grant: string) =>
    new EntraError(70003, 'unsupported_grant_type', 400, `The app requested an unsupported grant type '${grant}'.`),
  missingCredential: () =>
    new EntraError(
      7000218,
      'invalid_client',
      401,
      `The request body must contain the following parameter: 'client_assertion' or 'client_secret'.`,
    ),
  invalidScope: (scope: string) =>
    new EntraError(
      1002012,
      'invalid_scope',
      400,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    ),
  applicationNotFound: (clientId: string, tenantName: string) =>
    new EntraError(
      700016,
      'unauthorized_client',
      400,
      `Application with identifier '${clientId}' was not found in the directory '${tenantName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    ),
  resourceNotFound: (resource: string, tenantName: string) =>
    new EntraError(
      500011,
      'invalid_resource',
      400,
      `The resource principal named ${resource} was not found in the tenant named ${tenantName}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
    ),
  wrongSecret: (clientId: string) =>
    new EntraError(
      7000215,
      'invalid_client',
      401,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    ),
  malformedAssertion: () => new EntraError(50027, 'invalid_request', 400, 'JWT token is invalid or malformed.'),
  invalidSignature: () =>
    new EntraError(
      700027,
      'invalid_client',
      401,
      'Client assertion contains an invalid signature. [Reason - The key was not found.]',
    ),
  assertionTimes: (notBefore: number, expires: number) =>
    new EntraError(
      700024,
      'invalid_client',
      401,
      `Client assertion is not within its valid time range. Current time: ${new Date().toISOString()}, assertion valid from ${fromEpoch(notBefore)}, expiry time of assertion ${fromEpoch(expires)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
    ),
  noCredentials: (clientId: string, name: string) =>
    new EntraError(
      70025,
      'invalid_client',
      401,
      `The client '${clientId}'(${name}) has no configured federated identity credentials.`,
    ),
  issuerMismatch: (issuer: string) => noneFits(700211, 'issuer', issuer),
  audienceMismatch: (audience: string) => noneFits(700212, 'audience', audience),
  subjectMismatch: (subject: string) => noneFits(700213, 'subject', subject),
  // For flexible credentials only the code is known, not its text.
  claimsMismatch: (subject: string) => noneFits(7002137, 'subject', subject),
  // Azure/login issue 515.
  subjectCaseMismatch: (subject: string) =>
    new EntraError(
      7002138,
      'invalid_client',
      401,
      `No matching federated identity record found for presented assertion subject '${subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. See documentation at: https://learn.microsoft.com/entra/workload-id/workload-identity-federation. See breaking change notification and remediation at: https://learn.microsoft.com/en-us/entra/identity-platform/reference-breaking-changes#august-2024.`,
    ),
  federationDisabled: (issuer: string) =>
    new EntraError(
      700223,
      'invalid_client',
      401,
      `Workload identity federation with issuer '${issuer}' is not allowed by the tenant's policy.`,
    ),
}

const fromEpoch = (seconds: number): string => new Date(seconds * 1000).toISOString()
