import { excerpt, formatSize, plural } from 'texts'
import {
  describeImage,
  isIdOf,
  lastSegment,
  nameImage,
  shortDigest,
  shortGuid,
  formatResourceScope,
  shortenGuids,
} from 'azure'
import type { Access, RegistryWithRole, Target } from 'azure'
import { groupBy, type Result, valuesOf } from 'kernel'
import {
  wordsOfOperation,
  type ClusterWorkloads,
  type Lookup,
  type Observed,
  type Operation,
  type Outcome,
  type Plan,
  type PlannedPair,
  type CheckedImage,
  type WorkloadContainer,
  type Run,
} from 'run-model'
import { nameElsewhere } from './conclude-images.js'

export function describeObserved({ targets, registries, pairs, lost }: Observed): string[] {
  const held = pairs.reduce((count, { assignments }) => count + assignments.length, 0)
  // What could not be read may have one.
  const isRead = lost.length === 0 && [...targets, ...registries].every(({ error }) => !error)
  const none = `no pull-role assignment${isRead ? '' : ' at the registries that could be read'}`
  const found = held > 0 ? plural(held, 'pull-role assignment') : none
  return [
    ...excerpt(
      targets.map(target =>
        describeLookup(target, isIdOf('kubelet-identity', target.asked) ? 'identity' : 'cluster', sayTarget),
      ),
      maxLines,
    ),
    ...excerpt(
      registries.map(registry => describeLookup(registry, 'registry', describeRegistry)),
      maxLines,
    ),
    ...(isRead || pairs.length > 0 ? [`found     ${found}`] : []),
  ]
}

function describeLookup<T>(lookup: Lookup<T>, kind: string, describe: (found: T) => string): string {
  if (!lookup.error) return describe(lookup.value)
  return `${kind.padEnd(10)}${lastSegment(lookup.asked)}  ${lookup.error.code}`
}

function sayTarget({ kind, name, location, state, identity }: Target): string {
  if (kind === 'kubelet-identity') return `identity  ${name}  ${location} (${shortGuid(identity.objectId)})`
  // Service principal clusters have no kubelet identity.
  const pulls = `${identity.resourceId ? 'kubelet identity' : 'pulls as'} ${identity.name} (${shortGuid(identity.objectId)})`
  return `cluster   ${name}  ${[location, state, pulls].filter(Boolean).join(' · ')}`
}

function describeRegistry({ registry }: RegistryWithRole): string {
  const { name, loginServer, state, sku, roleAssignmentMode, exists } = registry
  if (!exists) return `registry  ${name}  does not exist`
  const mode = `role assignments: ${roleAssignmentMode}`
  return `registry  ${name}  ${[loginServer, state, sku, mode].filter(Boolean).join(' · ')}`
}

/** Maximum number of lines of a list in the log. */
const maxLines = 50

const signs = { create: '+', add: '+', update: '~', delete: '-', remove: '-' } as const

/** The number of planned writes by kind: `2 to create, 1 to delete`. */
export function countPlan({
  operations,
  images,
}: {
  operations: readonly Operation[]
  images: Plan['images']
}): string {
  const imports = images.filter(({ plan }) => plan.kind === 'import')
  const verbs = [...operations.map(verbOf), ...imports.map(() => 'import')]
  const counts = [...groupBy(verbs, verb => verb)].map(([verb, { length }]) => `${formatCount(length)} to ${verb}`)
  return counts.join(', ') || 'nothing to write'
}

const verbOf = ({ operation }: Operation): keyof typeof signs => operation.split('-')[0] as keyof typeof signs

/** The planned writes with their reasons, and below them what stays unchanged. */
export function describePlan({ pairs, operations, images }: Plan, mode: Run['mode']): string[] {
  const kept = mode === 'detach' ? [] : pairs.filter(pair => pair.access && pair.operations.length === 0)
  const unchanged = kept.map(pair => () => describeKept(pair))
  const lines = describeOperations(operations)
  for (const { image, plan } of images) {
    if (plan.kind === 'present') unchanged.push(() => `= image ${describeImage(image)}`)
    const mark = mode === 'check' && image.present.kind === 'unknown' ? '?' : '+'
    if (plan.kind === 'import') lines.push(shortDigest(`${mark} image ${describeImage(image)}  (${plan.reason})`))
    if (plan.kind === 'conflict') lines.push(shortDigest(`! image ${describeImage(image)}  (${plan.reason})`))
    if (plan.kind === 'locked') lines.push(`! image ${describeImage(image)}  (locked)`)
    if (plan.kind === 'failed') lines.push(`! image ${describeImage(image)}  (${image.sourceError?.code ?? ''})`)
  }
  const rest =
    unchanged.length <= maxUnchanged
      ? unchanged.map(describe => describe())
      : [`= ${formatCount(unchanged.length)} others unchanged`]
  return [...excerpt(lines, maxLines), ...rest]
}

/** Maximum number of lines about what stays unchanged; above it, the log only has the number. */
const maxUnchanged = 10

/** One line per operation, with its reason. */
export function describeOperations(operations: readonly Operation[]): string[] {
  return operations.map(each => shortenGuids(`${signs[verbOf(each)]} ${wordsOfOperation(each).name}  (${each.reason})`))
}

function describeKept({ target, registry, access }: PlannedPair): string {
  return `= ${access?.role ?? ''} on ${registry.name} for ${target.name}  (${access ? sayGrant(access) : ''})`
}

function sayGrant({ grantedBy, assignment: { scope, principalId } }: Access): string {
  if (grantedBy === 'broader-role') return `broader role, at ${formatResourceScope(scope)}`
  if (grantedBy === 'direct') return 'at the registry itself'
  if (grantedBy === 'group') return `through the group ${shortGuid(principalId)}`
  return `inherited from ${formatResourceScope(scope)}`
}

/** `created  …`, `existed  …`, `failed  …`, with the operation. */
export function describeOutcome({ operation, roleAssignmentId, changed, error }: Outcome): string {
  const id = roleAssignmentId ? ` (${shortGuid(lastSegment(roleAssignmentId))})` : ''
  const what = shortenGuids(wordsOfOperation(operation).name)
  if (error) return `failed    ${what}: ${error.code}`
  return `${(changed ? wordsOfOperation(operation).effect : 'unchanged').padEnd(10)}${what}${id}`
}

/** `imported  nginx:v1 on contosoacr  sha256:3c2f…  71 MB`. */
export function describeImageResult(image: CheckedImage<'input'>): string {
  const { status, digest, sizeInBytes, error } = image
  const what = shortDigest(`${nameImage(image)} on ${image.registry.name}`)
  if (error) return `${status.padEnd(10)}${what}: ${error.code}`
  const size = sizeInBytes === undefined ? '' : `  ${formatSize(sizeInBytes)}`
  return `${status.padEnd(10)}${what}${digest && `  ${shortDigest(digest)}`}${size}`
}

/** The clusters' workloads: one line for all that could be read, and one for each that could not. */
export function describeWorkloads(looks: readonly Result<ClusterWorkloads>[]): string[] {
  const read = valuesOf(looks)
  const containers = read.flatMap(each => each.containers)
  const own = [
    ...groupBy(containers, ({ cluster, namespace, kind, name }) => [cluster, namespace, kind, name].join(' ')),
  ]
  const pods = own.reduce((sum, [, each]) => sum + countPods(each), 0)
  const elsewhere = nameElsewhere(read)
  const failed = looks.flatMap(({ error }) => (error ? `could not be read: ${error.subject ?? ''}  ${error.code}` : []))
  const absent = read.flatMap(({ target, absent: names }) =>
    names.map(name => `no such namespace on ${target.name}: ${name}`),
  )
  const summary =
    `${plural(own.length, 'workload')} with ${plural(pods, 'pod')} on ${plural(read.length, 'cluster')} use these registries` +
    (elsewhere && `; other images per cluster: ${elsewhere}`)
  return [...excerpt([...failed, ...absent]), ...(read.length > 0 ? [summary] : [])]
}

/** The pods of one workload: each of its containers runs in all of them. */
function countPods(containers: readonly WorkloadContainer[]): number {
  const perContainer = [...groupBy(containers, ({ container }) => container).values()]
  return Math.max(0, ...perContainer.map(own => own.reduce((sum, { pods }) => sum + pods, 0)))
}

/** `1,234`. Not by `toLocaleString`, for which Node loads language data: 10 ms. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
