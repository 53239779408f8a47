import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An error of a registry (OCI distribution specification, "Error Codes"). */
export class RegistryError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    { detail, headers = {} }: { detail?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.detail = detail
    this.headers = headers
  }

  get body(): { errors: { code: string; message: string; detail?: unknown }[] } {
    const { code, message, detail } = this
    return { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] }
  }
}

/** Codes and texts of github.com/distribution/distribution, which all of these registries use; the details differ. */
export const registryErrors = {
  nameUnknown: (name: string) =>
    new RegistryError(404, 'NAME_UNKNOWN', 'repository name not known to registry', { detail: { name } }),
  manifestUnknown: (name: string, reference: string) =>
    reference.includes(':')
      ? new RegistryError(404, 'MANIFEST_UNKNOWN', `manifest ${reference} is not found`, {
          detail: { Name: name, Revision: reference },
        })
      : new RegistryError(404, 'MANIFEST_UNKNOWN', `manifest tagged by "${reference}" is not found`, {
          detail: { Tag: reference },
        }),
  notAcceptable: (what: string) =>
    new RegistryError(404, 'MANIFEST_UNKNOWN', `${what} found, but accept header does not support it`),
  blobUnknown: (digest: string) =>
    new RegistryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } }),
  noNumber: (n: string) =>
    new RegistryError(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested', { detail: { n } }),
  notFound: () => new RegistryError(404, 'NOT_FOUND', 'the requested resource was not found'),
  unsupported: () => new RegistryError(405, 'UNSUPPORTED', 'The operation is unsupported.'),
  /**
   * What is locked: the text as in Azure/azure-sdk-for-net issue 22827, for the operations that a lock forbids, of which its address names pulls, too
   * (learn.microsoft.com/azure/container-registry/container-registry-faq).
   */
  disallowed: () =>
    new RegistryError(
      405,
      'REGISTRY_DISALLOWED_OPERATION',
      'The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation',
      { detail: {} },
    ),
  unauthorized: (challenge: string, detail: unknown, message = 'authentication required') =>
    new RegistryError(401, 'UNAUTHORIZED', message, { detail, headers: { 'www-authenticate': challenge } }),
  denied: (message = 'requested access to the resource is denied') => new RegistryError(403, 'DENIED', message),
  /** Docker Hub's text (docs.docker.com/docker-hub/usage/pulls); the window is six hours. */
  rateLimited: () =>
    new RegistryError(
      429,
      'TOOMANYREQUESTS',
      'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
      { headers: { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600', 'retry-after': '60' } },
    ),
}
