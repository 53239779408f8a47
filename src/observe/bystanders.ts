import { namesOf, normalizeId, sameId, subscriptionsOf, type Target } from 'azure'
import { listParentGroups, listRegistries, type AzureContext, type Puller } from 'azure-clients'
import { attempt, memoize, type Result, type Search, valuesOf } from 'kernel'
import type { Boot, Bystanders, Inputs } from 'run-model'
import { findCarried } from './carried.js'
import { mayLeave, observeBoots, type ObservedTargets } from './holdings.js'
import { findOthers } from './sharing.js'

/**
 * Finds out who else loses access through the deletions that `detach` does or advises: other clusters with the same pull identity; the registries that
 * an inherited role or the group includes; and the groups through which clusters boot their nodes. It lists each kind once per subscription, and only if
 * it matters.
 */
export async function observeBystanders(
  azure: AzureContext,
  observed: ObservedTargets,
  inputs: Inputs,
): Promise<Bystanders> {
  const { pairs } = observed
  const shareable = pairs.flatMap(({ target, assignments }) =>
    assignments.length > 0 || inputs.group !== '' ? target : [],
  )
  const inherited = pairs.filter(({ registry, assignments }) =>
    assignments.some(({ scope }) => !sameId(scope, registry.id)),
  )
  const isLeaving = pairs.some(({ target }) => mayLeave(observed.group, target.identity.objectId))
  const listRegistriesIn = memoize((id: string) => attempt(listRegistries(azure, id)))
  const findParents: Result<string[]> | Promise<Result<string[]>> = isLeaving
    ? attempt(listParentGroups(azure, inputs.group))
    : { value: [] }
  const listCarried = async (): Promise<Search<string>> =>
    findCarried(azure, observed, [inputs.group, ...((await findParents).value ?? [])], listRegistriesIn)
  const [clusters, registries, parents, carried] = await Promise.all([
    findOthers(azure, [...new Set(shareable)], inputs),
    Promise.all(subscriptionsOf(inherited.map(({ registry }) => registry.id)).map(listRegistriesIn)),
    findParents,
    isLeaving ? listCarried() : undefined,
  ])
  const targetIds = new Set(valuesOf(observed.targets).map(({ id }) => normalizeId(id)))
  const found = clusters.found.filter(({ id }) => !targetIds.has(normalizeId(id)))
  const nameOf = namesOf([...targetIds, ...found.map(({ id }) => id)].map(target => ({ target })))
  const others = found.map(cluster => ({ ...cluster, name: nameOf({ target: cluster.id }) }))
  const objectIdOf = readIdentities(shareable)
  const boots = others.flatMap((cluster): Boot[] => {
    const { id, name, bootstrapRegistryId: registryId } = cluster
    const objectId = objectIdOf(cluster)
    return objectId && registryId ? [{ cluster: { id, name }, objectId, registryId }] : []
  })
  const identities = new Set(shareable.map(({ identity }) => normalizeId(identity.objectId)))
  return {
    // If they can't be listed, messages omit the number of registries.
    registryIds: valuesOf(registries).flatMap(listed => listed.map(({ id }) => id)),
    sharing: others.flatMap(cluster => {
      const objectId = normalizeId(objectIdOf(cluster))
      return identities.has(objectId) ? [{ name: cluster.name, objectId }] : []
    }),
    boots,
    unknown: clusters.unknown,
    doubtful: clusters.doubtful,
    ...(carried && { carried }),
    parents: parents.error ? parents : { value: new Set(parents.value) },
    ...(await observeBoots(azure, observed, boots, { groupId: inputs.group, parents: parents.value ?? [] })),
  }
}

/** Returns the object ID that a cluster pulls with. For an application it is only known if a target pulls as the same one. */
function readIdentities(targets: readonly Target[]): (cluster: Puller) => string {
  const byClientId = new Map(targets.map(({ identity }) => [normalizeId(identity.clientId), identity.objectId]))
  return ({ pullsWith: by }) =>
    by.kind === 'managed-identity'
      ? by.objectId
      : 'clientId' in by
        ? (byClientId.get(normalizeId(by.clientId)) ?? '')
        : ''
}
