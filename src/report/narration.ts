import type { Inputs } from '../inputs.js'
import type { Result } from '../result.js'
import type { Session } from '../sign-in.js'
import type { Access, Lookup, Observed, Operation, Outcome, Plan, PlannedPair, Registry, Target } from '../state.js'
import { lastSegment } from '../azure/resource-id.js'
import { formatSeconds, plural, shortGuid } from './format.js'

/** `attach · 1 cluster × 2 registries`. */
export function describeInputs({ mode, clusters, registries }: Inputs): string {
  const targets = clusters.some(({ kind }) => kind === 'all') ? 'all clusters' : plural(clusters.length, 'cluster')
  return `${mode} · ${targets} × ${plural(registries.length, 'registry', 'registries')}`
}

export function describeSession({ caller, tenantId, by }: Session): string[] {
  return [`signed in to tenant ${shortGuid(tenantId)} as ${caller.name}, ${by}`]
}

export function describeObserved({ targets, registries, pairs }: Observed): string[] {
  const held = pairs.reduce((count, { assignments }) => count + assignments.length, 0)
  return [
    ...targets.map(target => `cluster   ${describeLookup(target, describeTarget)}`),
    ...registries.map(registry => `registry  ${describeLookup(registry, describeRegistry)}`),
    `roles     ${plural(held, 'role assignment')} at or above ${plural(registries.length, 'registry', 'registries')}`,
  ]
}

function describeLookup<T>(lookup: Lookup<T>, describe: (found: T) => string): string {
  return 'found' in lookup ? describe(lookup.found) : `${lastSegment(lookup.asked)}  ${lookup.error.code}`
}

function describeTarget({ name, location, state, identity }: Target): string {
  return `${name}  ${location} · ${state} · kubelet identity ${identity.name} (${shortGuid(identity.objectId)})`
}

function describeRegistry({ name, loginServer, sku, roleAssignmentMode }: Registry): string {
  return `${name}  ${loginServer} · ${sku} · role assignments: ${roleAssignmentMode}`
}

export function describePlan({ pairs, operations }: Plan): string[] {
  const kept = pairs.filter(({ access, operation }) => access && !operation)
  const lines = [
    ...kept.map(describeKept),
    ...operations.map(
      ({ role, target, registry, reason }) =>
        `+ role assignment  ${role.name}  ${target.name} → ${registry.name}  ${reason}`,
    ),
  ]
  return lines.length > 0 ? lines : ['nothing that can be planned']
}

function describeKept({ target, registry, access }: PlannedPair): string {
  const from = 'found' in target ? target.found.name : target.asked
  const to = 'found' in registry ? registry.found.name : registry.asked
  return `= ${access?.role ?? ''}  ${from} → ${to}  ${access ? describeAccess(access) : ''}`
}

/** Where a grant comes from, in words. */
export function describeAccess({
  grantedBy,
  assignment: { scope, principalId },
}: Pick<Access, 'grantedBy' | 'assignment'>): string {
  if (grantedBy === 'direct') return 'at the registry itself'
  if (grantedBy === 'group') return `through the group ${shortGuid(principalId)}`
  return `inherited from ${scope === '/' ? 'the root of the tenant' : lastSegment(scope)}`
}

export function describeOutcome({
  operation: { role, registry, target },
  roleAssignmentId,
  changed,
  error,
}: Outcome): string {
  const what = `${role.name} on ${registry.name} for ${target.name}`
  if (error) return `failed    ${what}: ${error.code}`
  return `${changed ? 'created ' : 'existed '}  ${what} (…/${lastSegment(roleAssignmentId ?? '')})`
}

/** `AcrPull on contosoacr for aks-prod-1`. */
export function describeOperation({ role, registry, target }: Operation): string {
  return `${role.name} on ${registry.name} for ${target.name}`
}

/** The closing line of a run that succeeded. */
export function describeEnd({ pairs, changed, verified }: Result): string {
  const [first] = pairs
  const who =
    pairs.length === 1 && first?.target && first.registry
      ? `${first.target.name} can pull from ${first.registry.loginServer}`
      : `${plural(new Set(pairs.map(({ target }) => target?.id)).size, 'cluster')} can pull from ${plural(new Set(pairs.map(({ registry }) => registry?.id)).size, 'registry', 'registries')}`
  if (!changed) return `✓ ${who} · nothing to do`
  const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
  if (verified === 'none') return `✓ ${who}, once the role has propagated (not verified)`
  return `✓ ${who} (reported by Azure ${formatSeconds(Math.max(0, ...waits))} after the grant)`
}
