import { probeRole, type NeededGrant, type Session } from 'azure'
import { fix, type Fix } from 'kernel'
import type { Inputs } from 'run-model'
import { runSetUpAgain } from 'run-model/set-up'
import { administrator, needs, reader } from './needs.js'

/** The names of the identities that docs/set-up.sh makes. */
const ownNames = { attach: 'gh-attach-acr', check: 'gh-attach-acr-check' }

/** Names that fit into a sentence. */
const maxNames = 5

/** What docs/set-up.sh assigns. */
const setUpRoles = [reader, administrator, probeRole.name, needs.importImage.role]

/**
 * Running docs/set-up.sh again with the resources at which the identity lacks something; nothing if the script could not help: it assigns roles at clusters
 * and registries, and gives an identity that only checks no others.
 */
export function setUpAgain(session: Session | undefined, inputs: Inputs, gaps: readonly NeededGrant[]): Fix {
  const { mode, auth } = inputs
  const places = gaps.filter(({ role, at, binds }) => !binds && at.kind !== 'other' && setUpRoles.includes(role))
  const own = mode === 'check' ? ownNames.check : ownNames.attach
  const isOwn = session?.caller.name === own
  if (!session || places.length === 0 || auth.type !== 'oidc' || (mode === 'check' && !isOwn)) return []
  const named = (kind: NeededGrant['at']['kind'], field: 'id' | 'name') => [
    ...new Set(places.flatMap(({ at }) => (at.kind === kind ? at[field] || at.name : []))),
  ]
  const resources = { clusters: named('cluster', 'id'), registries: named('registry', 'id') }
  const commands = runSetUpAgain(inputs, session.subject, resources, isOwn ? '' : auth.clientId)
  const names = [...named('cluster', 'name'), ...named('registry', 'name')]
  const which = names.length > maxNames ? `these ${names.length} resources` : names.join(', ')
  return commands.length === 0 ? [] : fix(`Run the set-up again for ${which}. It shows a plan and asks:`, ...commands)
}
