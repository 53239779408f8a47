import { findResource } from './resources.js'

/** An error of the API server: a Status object (kubernetes.io "API conventions", "Response Status Kind"). */
export class KubernetesError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: number, reason: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  get body(): Record<string, unknown> {
    const { code, reason, message, details } = this
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

/** The resource with its group, as in messages. */
const qualified = (resource: string): string => {
  const group = findResource(resource)?.group ?? ''
  return group === '' ? resource : `${resource}.${group}`
}

const detailsOf = (resource: string, name?: string): Record<string, unknown> => {
  const group = findResource(resource)?.group ?? ''
  return { ...(name === undefined ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource }
}

/** One error in an object. */
export interface FieldError {
  readonly field: string
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueForbidden'
  readonly message: string
}

/** Texts of k8s.io/apimachinery `pkg/api/errors`, and of the named plugins. */
export const kubernetesErrors = {
  unauthorized: () => new KubernetesError(401, 'Unauthorized', 'Unauthorized'),
  forbidden: (resource: string, name: string | undefined, message: string, details: Record<string, unknown> = {}) =>
    new KubernetesError(
      403,
      'Forbidden',
      `${qualified(resource)}${name === undefined || name === '' ? '' : ` "${name}"`} is forbidden: ${message}`,
      { ...detailsOf(resource, name), ...details },
    ),
  namespaceTerminating: (resource: string, name: string, namespace: string) =>
    kubernetesErrors.forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    ),
  /** A webhook's denial is passed on unchanged (k8s.io/apiserver `webhook/errors`). */
  deniedByWebhook: (webhook: string, message: string) =>
    new KubernetesError(403, 'Forbidden', `admission webhook "${webhook}" denied the request: ${message}`),
  /** A validating admission policy's denial is Invalid, although its text says forbidden. */
  deniedByPolicy: (resource: string, name: string, policy: string, binding: string, message: string) => {
    const text = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`
    return new KubernetesError(422, 'Invalid', `${qualified(resource)} "${name}" is forbidden: ${text}`, {
      ...detailsOf(resource, name),
      causes: [{ message: text }],
    })
  },
  internal: (message: string) =>
    new KubernetesError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),
  notFound: (resource: string, name: string) =>
    new KubernetesError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name)),
  noSuchResource: () =>
    new KubernetesError(404, 'NotFound', 'the server could not find the requested resource', {
      causes: [{ reason: 'UnexpectedServerResponse', message: '404 page not found' }],
    }),
  alreadyExists: (resource: string, name: string) =>
    new KubernetesError(
      409,
      'AlreadyExists',
      `${qualified(resource)} "${name}" already exists`,
      detailsOf(resource, name),
    ),
  conflict: (resource: string, name: string, message: string) =>
    new KubernetesError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${message}`,
      detailsOf(resource, name),
    ),
  invalid: (kind: string, name: string, errors: readonly FieldError[], group = '') => {
    const texts = errors.map(({ field, message }) => `${field}: ${message}`)
    const all = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
    return new KubernetesError(
      422,
      'Invalid',
      `${kind}${group === '' ? '' : `.${group}`} "${name}" is invalid: ${all}`,
      {
        name,
        ...(group === '' ? {} : { group }),
        kind,
        causes: errors.map(({ field, reason, message }) => ({ reason, message, field })),
      },
    )
  },
  badRequest: (message: string) => new KubernetesError(400, 'BadRequest', message),
  methodNotAllowed: () =>
    new KubernetesError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource'),
  unsupportedMediaType: (type: string) =>
    new KubernetesError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml (it was ${type})`,
    ),
  expired: () => new KubernetesError(410, 'Expired', 'The resourceVersion for the provided watch is too old.'),
}
