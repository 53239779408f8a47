import { isCustomRole, normalizeId, parseResourceId, runCommandRole, type NeededGrant } from 'azure'
import { briefly, distinctOf, type Fix } from 'kernel'
import type { Inputs, Result, Run } from 'run-model'
import { runSetUpAgain } from 'run-model/set-up'
import { administrator, needs, reader } from './needs.js'

/** The names of the identities that docs/set-up.sh makes. */
const ownNames = { attach: 'gh-attach-acr', check: 'gh-attach-acr-check' }

/** Names that fit into a sentence. */
const maxNames = 5

/** What docs/set-up.sh assigns, in addition to custom roles. */
const setUpRoles = [reader, administrator, needs.importImage.role]

/**
 * Running docs/set-up.sh again with the resources at which the identity lacks something; nothing if the script could not help: it assigns roles at clusters
 * and registries, and gives an identity that only checks no others. One that assigns roles may do so at the registries and to the clusters that are named
 * together, so that those which the run has found are named, too.
 */
export function setUpAgain({ run: { session, observed } }: Result, inputs: Inputs, gaps: readonly NeededGrant[]): Fix {
  const { mode, auth } = inputs
  const isOfSetUp = ({ role, at, binds }: NeededGrant): boolean =>
    !binds && at.kind !== 'other' && (setUpRoles.includes(role) || isCustomRole(role))
  const places = gaps.filter(isOfSetUp)
  // For * in other places, the set-up could only give more than it stands for.
  const isTooWide = places.some(
    ({ at }) => at.id && !parseResourceId(at.id) && (mode !== 'check' || !isWholeSubscription(at)),
  )
  const own = mode === 'check' ? ownNames.check : ownNames.attach
  const isOwn = session?.caller.name === own
  if (!session || places.length === 0 || isTooWide || auth.type !== 'oidc' || (mode === 'check' && !isOwn)) return []
  const named = (kind: NeededGrant['at']['kind'], field: 'id' | 'name') => [
    ...new Set(places.flatMap(({ at }) => (at.kind === kind ? nameIn(at, field) : []))),
  ]
  const found = mode === 'check' ? { clusters: [], registries: [] } : listFound(observed)
  const resources = {
    clusters: distinctOf([...named('cluster', 'id'), ...found.clusters], normalizeId),
    registries: distinctOf([...named('registry', 'id'), ...found.registries], normalizeId),
  }
  const runsCommands = places.some(({ role, isIfPrivate }) => role === runCommandRole.name && !isIfPrivate)
  const deps = { clientId: isOwn ? '' : auth.clientId, runsCommands }
  const commands = runSetUpAgain(inputs, session.subject, resources, deps)
  const names = [...named('cluster', 'name'), ...named('registry', 'name')]
  const which = names.length > maxNames ? `these ${names.length} resources` : names.join(', ')
  return commands.length === 0
    ? []
    : briefly(`Run the set-up again for ${which}.`, 'It shows a plan and asks:', ...commands)
}

/** How the set-up names a place; `*` for all clusters of a subscription. */
function nameIn(at: NeededGrant['at'], field: 'id' | 'name'): string {
  if (field === 'name') return at.name
  return isWholeSubscription(at) ? '*' : at.id || at.name
}

/** Whether a place is all clusters of a subscription. */
function isWholeSubscription({ kind, id }: NeededGrant['at']): boolean {
  return kind === 'cluster' && /^\/subscriptions\/[^/]+$/.test(id)
}

/** The IDs of the clusters and registries that a run has found. */
function listFound(observed: Run['observed']): Record<'clusters' | 'registries', string[]> {
  const { targets = [], registries = [] } = observed ?? {}
  return {
    clusters: targets.flatMap(({ value }) => (value?.kind === 'cluster' ? value.id : [])),
    registries: registries.flatMap(({ value }) => (value?.registry.exists ? value.registry.id : [])),
  }
}
