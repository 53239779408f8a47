import { probeRole, setUpCommands, type NeededGrant, type Session } from 'azure'
import { fix, type FixPart } from 'kernel'
import type { Inputs } from 'run-model'
import { administrator, enters, imports, needs, reader } from './needs.js'

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
export function setUpAgain(session: Session | undefined, inputs: Inputs, gaps: readonly NeededGrant[]): FixPart {
  const { mode, auth } = inputs
  const nothing = { text: '', commands: [] }
  const places = gaps.filter(({ role, at, binds }) => !binds && at.kind !== 'other' && setUpRoles.includes(role))
  const own = mode === 'check' ? ownNames.check : ownNames.attach
  const isOwn = session?.caller.name === own
  if (!session || places.length === 0 || auth.type !== 'oidc' || (mode === 'check' && !isOwn)) return nothing
  const named = (kind: NeededGrant['at']['kind'], field: 'id' | 'name') => [
    ...new Set(places.flatMap(({ at }) => (at.kind === kind ? at[field] || at.name : []))),
  ]
  const smaller = [enters(inputs) ? '' : '--no-verify', imports(inputs) ? '' : '--no-images']
  const flags = [...(mode === 'check' ? ['--check'] : smaller), isOwn ? '' : `--client-id ${auth.clientId}`]
  const commands = setUpCommands({
    ...{ subject: session.subject, ...locate(), flags: flags.filter(Boolean) },
    ...{ clusters: named('cluster', 'id'), registries: named('registry', 'id') },
  })
  const names = [...named('cluster', 'name'), ...named('registry', 'name')]
  const which = names.length > maxNames ? `these ${names.length} resources` : names.join(', ')
  return commands.length === 0
    ? nothing
    : fix(`Run the set-up again for ${which}. It shows a plan and asks:`, ...commands)
}

/** The address of GitHub, and of the script at the version that the step uses, which GitHub redirects to the raw file; empty for a local action. */
function locate(): { server: string; url: string } {
  const { GITHUB_SERVER_URL, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  const server = GITHUB_SERVER_URL ?? 'https://github.com'
  return { server, url: repository ? `${server}/${repository}/raw/${ref || 'main'}/docs/set-up.sh` : '' }
}
