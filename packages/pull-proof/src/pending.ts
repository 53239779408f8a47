import { coversRepositories, joinReaches, type RepositoryPattern } from 'repository-conditions'
import { offerOf, reachOf, type Registry, type Target } from 'azure'
import type { Pending, PlannedPair } from 'run-model'
import { repositoryOf } from './denials.js'
import type { PulledImage } from './probe-images.js'
import { refusesAddresses } from './unreachable.js'

/** A pair whose nodes will pull. */
export interface PullingPair {
  pair: PlannedPair
  images: PulledImage[]
  /** The group that gives access; empty if none does. */
  group: string
  /** When Azure answered the last write for it; absent if nothing was written. */
  writtenAt?: number
}

/** From which age a grant no longer changes by waiting, in milliseconds: Azure documents up to ten minutes for a new one. */
const oldMs = 15 * 60_000

/**
 * The registries where nothing is under way that could end a refusal by address: neither registry nor cluster is being changed, and either nothing is
 * under way for the role, or the registry's own rules refuse addresses and are old. No role changes that, so its age does not count then.
 */
export function findBarred(
  target: Target,
  registries: readonly Registry[],
  settled: ReadonlySet<string>,
  now: number,
): ReadonlySet<string> {
  if (['creating', 'updating'].includes(target.state.toLowerCase())) return new Set()
  const barred = registries.filter(registry => {
    const { id, isChanging, changedAt = 0 } = registry
    return !isChanging && (settled.has(id) || (refusesAddresses(registry) && now - changedAt > oldMs))
  })
  return new Set(barred.map(({ id }) => id))
}

/** The registries that let nobody in, unless Azure is changing that: when they were last changed does not matter then. */
export function findSealed(registries: readonly Registry[]): ReadonlySet<string> {
  const sealed = registries.filter(({ isSealed, state = '' }) => isSealed && state.toLowerCase() !== 'updating')
  return new Set(sealed.map(({ id }) => id))
}

/** The images of a pair that no assignment reaches, not even the one that the step makes: however long it waits, nodes are refused. */
export function listOutside({ pair, images }: PullingPair, repositories: readonly RepositoryPattern[]): string[] {
  const { registry, assignments, groupAssignments } = pair
  if (registry.roleAssignmentMode !== 'ABAC' || repositories.length === 0) return []
  const { patterns, isWhole } = joinReaches([...assignments, ...groupAssignments].map(each => reachOf(each, registry)))
  const isWithin = ({ reference }: PulledImage): boolean =>
    !isWhole || coversRepositories([...repositories, ...patterns], [repositoryOf(reference)])
  return images.flatMap(image => (isWithin(image) ? [] : image.reference))
}

/** The registries where a pull of one node shows that the role of all is in effect: they pull with one identity, directly, and nobody pulls without a role. */
export function listAlike(pairs: readonly PullingPair[]): ReadonlySet<string> {
  const alike = pairs.filter(
    ({ pair, group }) => group === '' && !pair.registry.anonymousPull && offerOf(pair.target) !== 'service-account',
  )
  return new Set(alike.map(({ pair }) => pair.registry.id))
}

/** The pending change that could end the registry's refusal of a node. */
export function findPending({ pair, group, writtenAt }: PullingPair, now: number): Pending {
  const updatedAt = pair.access?.assignment.updatedAt
  if (group !== '') return 'group'
  if (writtenAt !== undefined) return 'written'
  return updatedAt !== undefined && now - updatedAt > oldMs ? 'nothing' : 'recent'
}
