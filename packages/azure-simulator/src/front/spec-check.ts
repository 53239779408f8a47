import type { ValidateFunction } from 'ajv'
import { readSpecifications, type Operation, type SpecifiedService } from './specifications.js'

/** A request and its answer as sent over the wire. */
interface Exchanged {
  /** Parsed JSON or form. */
  readonly requestBody: unknown
  /** The request's api-version. */
  readonly version: string
  readonly status: number
  readonly body: string
}

/** Checks requests and answers against Microsoft's OpenAPI files in `specs/`. */
export interface SpecCheck {
  /** Finds the operation in the specifications, if they define it. */
  find(service: SpecifiedService, method: string, path: string, version: string): Operation | undefined
  /** Queues a check: compiling a schema takes longer than answering the request. */
  queue(operation: Operation, exchanged: Exchanged, report: (violation: string) => void): void
  /** Runs the queued checks. */
  drain(): void
}

/** Known violations by the real services. */
const knownDifferences: readonly RegExp[] = [
  // The specification requires it on every page, but the last page has none.
  /^(Subscriptions|Tenants)_List: answer: must have required property 'nextLink'$/,
  // The specification's own examples return an array.
  /^Resources: answer: \/data must be object$/,
  // Since 2025-01-31-preview, a credential has either a subject or a claimsMatchingExpression.
  /^FederatedIdentityCredentials_\w+: (request|answer): (\/value\/\d+)?\/properties must have required property 'subject'$/,
  // Registries list the requested access: `"detail":[{"Type":"repository",…}]` (quoted in Azure/acr issues).
  /^ContainerRegistry(Blob)?_\w+: answer: \/errors\/0\/detail must be object$/,
]

/** Specifications are loaded on first use and shared by every simulator of the process. */
let loaded: ReturnType<typeof readSpecifications> | undefined

/** Creates a queue of checks. Loads the specifications early, so that the first request need not wait for them. */
export function createSpecCheck(): SpecCheck {
  setImmediate(() => (loaded ??= readSpecifications()))
  let queue: (() => void)[] = []
  let scheduled: NodeJS.Immediate | undefined
  const drain = (): void => {
    scheduled = undefined
    const checks = queue
    queue = []
    for (const check of checks) check()
  }
  return {
    find(service, method, path, version) {
      loaded ??= readSpecifications()
      return loaded(service, method, path, version)
    },
    queue(operation, exchanged, report) {
      queue.push(() => {
        const found = [...checkRequest(operation, exchanged), ...checkAnswer(operation, exchanged)]
        for (const violation of found.map(text => `${operation.id}: ${text}`)) {
          if (!knownDifferences.some(known => known.test(violation))) report(violation)
        }
      })
      scheduled ??= setImmediate(drain).unref()
    },
    drain,
  }
}

/** Refused requests may have an invalid body; only accepted ones must be valid. */
function checkRequest(operation: Operation, { requestBody, status, version }: Exchanged): string[] {
  const request = operation.version === version ? operation.strictRequest : operation.request
  if (request === undefined || status >= 400) return []
  return violations(request(), requestBody ?? {}).map(violation => `request: ${violation}`)
}

function checkAnswer({ responses }: Operation, { status, body }: Exchanged): string[] {
  const response = responses.get(String(status)) ?? (status >= 400 ? responses.get('default') : undefined)
  if (response === undefined) return [`answer: status ${String(status)} is not in the specification`]
  if (response === 'none') return []
  let value: unknown
  try {
    value = withoutNulls(JSON.parse(body))
  } catch {
    return [`answer: the body is not JSON: ${body.slice(0, 80)}`]
  }
  return violations(response(), value).map(violation => `answer: ${violation}`)
}

function violations(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, keyword, message = '', params }) =>
    keyword === 'unevaluatedProperties'
      ? `${instancePath}/${String(params.unevaluatedProperty)} is not a property in this api-version`
      : `${instancePath} ${message}`.trim(),
  )
}

/** Azure writes absent values as null (recorded: `condition`, `createdBy`), which the specifications don't mention. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  )
}
