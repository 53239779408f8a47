import { graphErrors } from './errors.js'

type Properties = Record<string, unknown>

/** The properties that `az ad app update` sends, without certificates (azure-cli, role/_msgrpah/_graph_objects.py). */
const updatable = [
  ...['displayName', 'identifierUris', 'isFallbackPublicClient', 'serviceManagementReference', 'signInAudience'],
  ...['api', 'appRoles', 'optionalClaims', 'publicClient', 'requiredResourceAccess', 'web'],
]

/**
 * An application after a PATCH: properties that the request leaves out keep their values (Microsoft Graph v1.0 "Update
 * application"), also within `api`, `publicClient` and `web`, from which az sends single properties.
 * @throws GraphError for a property that is unknown, read-only or not simulated
 */
export function updateApplication(application: Properties, change: Properties): Properties {
  const unknown = Object.keys(change).filter(name => !updatable.includes(name))
  if (unknown.length > 0) throw graphErrors.badRequest(`Updating ${unknown.join(', ')} is not simulated here.`)
  if ('displayName' in change && (typeof change.displayName !== 'string' || change.displayName === ''))
    throw graphErrors.badRequest("Property 'displayName' is required and cannot be empty.")
  return merge(application, change)
}

function merge(current: Properties, change: Properties): Properties {
  const merged = { ...current }
  for (const [name, value] of Object.entries(change)) {
    if (!(name in current)) throw graphErrors.badRequest(`Updating ${name} is not simulated here.`)
    const before = current[name]
    merged[name] = isProperties(before) && isProperties(value) ? merge(before, value) : value
  }
  return merged
}

const isProperties = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
