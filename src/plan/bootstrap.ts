import { findUnclear, listGrants, coverTogether } from '../model/access.js'
import { aksCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import { bootstrapRepositories, coversRepositories } from '../model/repository-pattern.js'
import { sameId } from '../model/resource-id.js'
import type { Context } from './context.js'

/** Refuses what would stop the nodes of a network isolated cluster from booting from this registry. */
export function refuseBootstrap({ pair, target, registry, wanted, observed, wish }: Context): ActionError | undefined {
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return undefined
  const subject = { subject: registry.name }
  if (wish.mode === 'detach') {
    return new ActionError(
      'BOOTSTRAP_REGISTRY',
      `${target.name} boots its nodes from ${registry.name}: without the pull role there no node can be started, upgraded or added.`,
      {
        ...subject,
        fix: fix(
          'Leave this cluster or this registry out of the step. To detach it anyway, let the cluster boot from another registry first. What it boots from now:',
          aksCommand('show', target.id, '--query bootstrapProfile'),
        ),
      },
    )
  }
  const { repositories } = wanted
  const needed = { ...wanted, repositories: [bootstrapRepositories] }
  const grants = listGrants(target, registry, pair.assignments, { roles: observed.roles, role: wanted.role })
  const held = grants.map(({ assignment }) => assignment)
  const mayHave = coverTogether(held, needed, registry) || findUnclear(held, needed, registry) !== undefined
  if (mayHave || repositories.length === 0 || coversRepositories(repositories, [bootstrapRepositories]))
    return undefined
  return new ActionError(
    'INVALID_INPUT',
    `The input repositories leaves out ${bootstrapRepositories}, which the nodes of ${target.name} boot from on ${registry.name}.`,
    { ...subject, fix: fix(`Add ${bootstrapRepositories} to repositories, or leave repositories empty.`) },
  )
}
