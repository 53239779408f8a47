import { expect } from 'vitest'
import type { Contoso } from 'azure-simulator/contoso'
import { describeLoss, findLosses, readAccess, type Loss } from './access-model.js'

type Named = Readonly<Record<string, string>>

/** The lines of a list in an input, as the action reads them. */
function linesOf(text = ''): string[] {
  return text.split('\n').flatMap(line => {
    const entry = line.trim().replace(/^(["'])(.*)\1$/, '$2')
    return entry === '' || entry.startsWith('#') ? [] : entry.toLowerCase()
  })
}

/** The name at the end of a resource ID. */
const lastOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** What a step was told to take away: in `detach`, the access of its targets at its registries. */
export function readTargets(world: Contoso['world'], inputs: Named) {
  const state = readAccess(world)
  const isDetach = inputs.mode?.trim().toLowerCase() === 'detach'
  const named = isDetach ? linesOf(inputs.cluster) : []
  const clusters = state.clusters.filter(({ id, name }) =>
    named.some(each => each === id || each === name.toLowerCase()),
  )
  const ids = isDetach ? linesOf(inputs['kubelet-identity']) : []
  const identities = world.resources.flatMap(each =>
    'objectId' in each && ids.some(id => id === each.id.toLowerCase()) ? String(each.objectId).toLowerCase() : [],
  )
  const hosts = linesOf(inputs.registry).map(lastOf)
  const registries = state.registries.filter(({ name, loginServer }) =>
    hosts.some(host => host === name.toLowerCase() || host === loginServer.toLowerCase()),
  )
  return {
    clusters: new Set(clusters.map(({ id }) => id)),
    identities: new Set([...identities, ...clusters.map(({ pullsAs }) => pullsAs)]),
    registries: new Set(registries.map(({ name }) => name)),
    repositories: linesOf(inputs.repositories),
  }
}

/** What a step was told to take away, and from whom. */
type Targets = ReturnType<typeof readTargets>

/** Whether somebody who lost access is a target. An identity that clusters pull with is judged by these. */
function isTarget({ clusters, identities }: Targets, { cluster, identity }: Loss): boolean {
  return cluster === undefined ? identities.has(identity) : clusters.has(cluster)
}

/** Whether the input `repositories` names a repository. */
function isNamed({ repositories }: Targets, name: string): boolean {
  return repositories.some(each => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))
}

function wasTold(targets: Targets, loss: Loss): boolean {
  const isWithin = targets.repositories.length === 0 || loss.repositories.every(name => isNamed(targets, name))
  return isTarget(targets, loss) && targets.registries.has(loss.registry) && isWithin
}

/**
 * Starts to watch who can pull what in a world.
 * @returns a function that fails the test if anybody has lost access since, except for the targets of a `detach` at its registries, and
 * for those that the scenario names
 */
export function watchAccess(world: Contoso['world'], targets: Targets): (losers?: readonly string[]) => void {
  const before = readAccess(world)
  return (losers = []) => {
    const losses = findLosses(before, readAccess(world)).filter(loss => !wasTold(targets, loss))
    expect(losses.map(describeLoss), 'Who has lost access, and was not to').toEqual([...losers].sort())
  }
}
