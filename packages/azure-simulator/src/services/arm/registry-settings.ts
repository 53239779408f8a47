import { isDeepStrictEqual } from 'node:util'
import { hasRegistryProperty } from '../../model/api-versions.js'
import { locations, normalizeLocation } from '../../model/locations.js'
import { registryType } from '../../world/registries.js'
import type { ResourceBody } from '../../world/resources.js'
import { ArmError, armErrors } from './errors.js'

/** The body of a PUT or PATCH of a registry. */
export interface RegistryRequest {
  readonly location?: string
  readonly sku?: { readonly name?: unknown }
  readonly tags?: Record<string, string> | null
  readonly identity?: { readonly type?: unknown } | null
  readonly properties?: Readonly<Record<string, unknown>>
}

type Sku = 'Basic' | 'Standard' | 'Premium'

const skus: readonly Sku[] = ['Basic', 'Standard', 'Premium']

const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isOneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    values.includes(value as string)

interface Setting {
  readonly accepts: (value: unknown) => boolean
  /** The SKUs that support a value other than this default (azure-docs `container-registry-skus.md`). */
  readonly skus?: readonly Sku[]
  readonly usual?: unknown
}

const premium: readonly Sku[] = ['Premium']

/** Settings that are stored as requested; the simulator reads them from the body (`accessOf`). */
const settings: Readonly<Record<string, Setting>> = {
  adminUserEnabled: { accepts: isBoolean },
  anonymousPullEnabled: { accepts: isBoolean, skus: ['Standard', 'Premium'], usual: false },
  dataEndpointEnabled: { accepts: isBoolean, skus: premium, usual: false },
  publicNetworkAccess: { accepts: isOneOf('Enabled', 'Disabled'), skus: premium, usual: 'Enabled' },
  networkRuleBypassOptions: { accepts: isOneOf('AzureServices', 'None'), skus: premium, usual: 'AzureServices' },
  networkRuleSet: { accepts: isRuleSet, skus: premium, usual: { defaultAction: 'Allow', ipRules: [] } },
  roleAssignmentMode: { accepts: isOneOf('LegacyRegistryPermissions', 'AbacRepositoryPermissions') },
  zoneRedundancy: { accepts: isOneOf('Enabled', 'Disabled'), skus: premium, usual: 'Disabled' },
  policies: { accepts: value => typeof value === 'object' && value !== null },
}

/** The stored policies, each with the SKUs that can enable it. */
const policies: Readonly<Record<string, readonly Sku[]>> = {
  azureADAuthenticationAsArmPolicy: skus,
  quarantinePolicy: premium,
  retentionPolicy: premium,
  softDeletePolicy: skus,
  trustPolicy: premium,
}

/**
 * The requested SKU.
 * @throws ArmError if it is invalid
 */
export function readSku({ sku }: RegistryRequest): Sku {
  const found = skus.find(candidate => candidate === sku?.name)
  if (found === undefined)
    throw armErrors.invalidRequestContent(`The SKU of the registry must be one of ${skus.join(', ')}.`)
  return found
}

/**
 * The requested location in Azure's form.
 * @throws ArmError if it is missing or unknown
 */
export function readLocation({ location }: RegistryRequest): string {
  if (!location) throw new ArmError(400, 'LocationRequired', 'The location property is required for this definition.')
  const name = normalizeLocation(location)
  if (!locations.includes(name)) throw armErrors.locationNotAvailable(location, registryType)
  return name
}

/**
 * Applies a request to a registry's body. Omitted properties keep their value: whether a PUT resets them isn't
 * documented. The codes and texts for invalid properties aren't known; here they are those of an unreadable body.
 * @param problem called for settings that Azure supports and the simulator doesn't
 */
export function applySettings(
  { location, identity, tags, properties = {}, ...request }: RegistryRequest,
  body: ResourceBody,
  { version, isNew, problem }: { version: string; isNew: boolean; problem: (text: string) => void },
): void {
  if (location !== undefined && normalizeLocation(location) !== body.location) throw locationMismatch(body)
  const sku = request.sku === undefined ? (body.sku?.name as Sku) : readSku(request)
  const changed = { ...body.properties }
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || isDeepStrictEqual(value, body.properties[name])) continue
    const setting = settings[name]
    if (setting === undefined || !hasRegistryProperty(name, version))
      problem(`changing ${name} of a registry is not simulated`)
    else if (!setting.accepts(value)) throw badValue(name, value)
    else if (name === 'policies') changed.policies = withPolicies(body, value as Policies, { sku, problem })
    else changed[name] = value
  }
  if (!isNew && changed.zoneRedundancy !== body.properties.zoneRedundancy)
    throw armErrors.invalidRequestContent('The zone redundancy of a registry cannot be changed.')
  for (const [name, { skus: allowed, usual }] of Object.entries(settings)) {
    const isUsual = isDeepStrictEqual(changed[name] ?? usual, usual)
    if (allowed !== undefined && !allowed.includes(sku) && !isUsual) throw notOfSku(name, sku)
  }
  if (identity !== undefined && identity !== null && identity.type !== 'None')
    problem('identities of registries are not simulated')
  // Only shown for Premium (recorded).
  if (sku !== 'Premium') delete changed.networkRuleSet
  else changed.networkRuleSet ??= { defaultAction: 'Allow', ipRules: [] }
  body.sku = { name: sku, tier: sku }
  body.properties = changed
  if (tags !== undefined && tags !== null) body.tags = tags
}

type Policies = Record<string, { status?: string } & Record<string, unknown>>

function withPolicies(
  body: ResourceBody,
  requested: Policies,
  { sku, problem }: { sku: Sku; problem: (text: string) => void },
): Policies {
  const present = body.properties.policies as Policies
  const changed = { ...present }
  for (const [name, policy] of Object.entries(requested)) {
    const allowed = policies[name]
    const before = present[name]
    if (allowed === undefined || before === undefined)
      problem(`changing the policy ${name} of a registry is not simulated`)
    else {
      const { status } = policy
      if (status !== undefined && !['enabled', 'disabled'].includes(status)) throw badValue(`policies.${name}`, status)
      if (status !== undefined && status !== before.status && !allowed.includes(sku)) throw notOfSku(name, sku)
      changed[name] = { ...before, ...policy }
    }
  }
  return changed
}

function isRuleSet(value: unknown): boolean {
  const { defaultAction, ipRules = [] } = value as { defaultAction?: unknown; ipRules?: unknown }
  return (
    isOneOf('Allow', 'Deny')(defaultAction) &&
    Array.isArray(ipRules) &&
    ipRules.every((rule: unknown) => typeof (rule as { value?: unknown }).value === 'string')
  )
}

const badValue = (name: string, value: unknown): ArmError =>
  armErrors.invalidRequestContent(`The value ${JSON.stringify(value)} is not valid for the property ${name}.`)

const notOfSku = (name: string, sku: Sku): ArmError =>
  armErrors.invalidRequestContent(`The property ${name} is not supported for the SKU ${sku}.`)

/** Text: public issues of many providers. */
const locationMismatch = ({ name, location, id }: ResourceBody): ArmError =>
  new ArmError(
    409,
    'InvalidResourceLocation',
    `The resource '${name}' already exists in location '${location}' in resource group '${/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? ''}'. A resource with the same name cannot be created in another location. Please select a new resource name.`,
  )

/** A registry in an api-version: without newer properties. */
export function asVersion(body: ResourceBody, version: string): ResourceBody {
  const only = (value: unknown, prefix = ''): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value as object).filter(([name]) => hasRegistryProperty(`${prefix}${name}`, version)),
    )
  const properties = only(body.properties)
  return { ...body, properties: { ...properties, policies: only(properties.policies, 'policies.') } }
}
