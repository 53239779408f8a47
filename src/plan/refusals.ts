import { bootstrapRepositories, coversRepositories } from 'repository-conditions'
import { aksCommand, reachTogether, sameId, unknowable, type Puller, type RoleAssignment, type Target } from 'azure'
import { ActionError, briefly, fix, nameSome, sayClause, toFixJson, type Fix } from 'kernel'
import { wordsOfOperation, type Operation } from 'run-model'
import { contextAfterMove, listPullAssignments, type PairContext } from './context.js'

/** Refuses changes of roles that would stop nodes of a network isolated cluster from booting: the pair's own cluster or another one. */
export function refuseBootstrap(context: PairContext): ActionError | undefined {
  if (context.desired.mode === 'detach') return refuseDeletion(context)
  const later = contextAfterMove(context)
  return refuseLimit(context) ?? (later && refuseLimit(later))
}

/** Several clusters can share the identity, and all of them need its role to boot. */
function refuseDeletion({ target, registry, pullersOf }: PairContext): ActionError | undefined {
  const { targets, others } = pullersOf(target)
  const here = [...targets, ...others].filter(each => sameId(each.bootstrapRegistryId ?? '', registry.id))
  const boot = here.find(({ id }) => sameId(id, target.id)) ?? here[0]
  if (!boot) return undefined
  const [noun, whose] =
    target.kind === 'cluster' ? ['cluster', `, which ${target.name} also pulls with`] : ['identity', '']
  const other = sameId(boot.id, target.id) ? '' : ` with the identity ${target.identity.name}${whose}`
  const message = `${boot.name} boots its nodes from ${registry.name}${other}: without the pull role there no node can be started, upgraded or added`
  const advice = briefly(
    `Leave this ${noun} or this registry out of the step.`,
    `To detach it anyway, let ${boot.name} boot from another registry first. Its current bootstrap registry:`,
    aksCommand('show', boot.id, '--query bootstrapProfile'),
  )
  return new ActionError('BOOTSTRAP_REGISTRY', message, { subject: registry.name, fix: advice })
}

/**
 * Refuses to take roles from an identity that a cluster outside the step pulls with, too, or may: every role of the identity is also that cluster's.
 * @param operations what `detach` would do for the pair
 */
export function refuseShared(context: PairContext, operations: readonly Operation[]): ActionError | undefined {
  const { target, registry, desired, pullersOf } = context
  if (desired.mode !== 'detach' || operations.length === 0) return undefined
  const { others, errors } = pullersOf(target)
  const [unread] = errors
  const what = `${target.name} was not detached from ${registry.name}`
  const whose = target.kind === 'cluster' ? `its identity ${target.identity.name}` : 'this identity'
  const details = { subject: target.name, resource: target.id }
  if (others.length > 0) {
    const verb = others.length > 1 ? 'pull' : 'pulls'
    const names = nameSome(
      others.map(({ name }) => name),
      maxNamed,
    )
    const why = `${names} ${verb} with ${whose}, too, and would lose access`
    const advice = adviseOnSharing(target, others)
    return new ActionError('SHARED_IDENTITY', { what, why }, { ...details, fix: advice })
  }
  if (!unread) return undefined
  const why = `it could not be checked whether other clusters pull, or boot their nodes, with ${whose}: ${sayClause(unread.said)}`
  const advice = adviseOnUnread(errors, unread)
  return new ActionError('SHARED_IDENTITY', { ...unread.said, what, why }, { ...details, fix: advice })
}

/** Maximum number of clusters that a refusal names. */
const maxNamed = 5

function adviseOnSharing({ kind, name }: Target, found: readonly Puller[]): Fix {
  const them = found.length > 1 ? 'them' : 'it'
  const names = nameSome(
    found.map(each => each.name),
    maxNamed,
  )
  const otherwise = kind === 'cluster' ? `Otherwise, give ${name} a kubelet identity of its own first. ` : ''
  const query =
    '--query "{kubelet: identityProfile.kubeletidentity.resourceId, application: servicePrincipalProfile.clientId}"'
  return briefly(
    `Add ${names} to the input cluster to detach ${them}, too.`,
    `${otherwise}To see what each pulls with:`,
    ...found.slice(0, maxNamed).map(({ id }) => aksCommand('show', id, query)),
  )
}

function adviseOnUnread(errors: readonly ActionError[], first: ActionError): Fix {
  if (first.code !== 'AUTHORIZATION_FAILED') return first.fix
  return fix(
    'To find them, the signed-in identity needs Reader on the subscription, which lets it read everything in it:',
    ...new Set(errors.flatMap(each => toFixJson(each.fix).commands)),
  )
}

function refuseLimit(context: PairContext): ActionError | undefined {
  const { target, registry, grant } = context
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return undefined
  const { repositories } = grant
  const needed = { ...grant, repositories: [bootstrapRepositories] }
  const { isEnough, unclear } = reachTogether(listPullAssignments(context), needed, registry)
  if (isEnough || unclear || repositories.length === 0 || coversRepositories(repositories, [bootstrapRepositories]))
    return undefined
  const message = `The input repositories leaves out ${bootstrapRepositories}, which the nodes of ${target.name} boot from on ${registry.name}`
  const advice = fix(`Add ${bootstrapRepositories} to repositories, or leave repositories empty.`)
  return new ActionError('INVALID_INPUT', message, { subject: registry.name, fix: advice })
}

/** Whether the pair's identity, or that of an assignment, is known to belong to another tenant. */
export function isOfOtherTenant({ observed, target }: PairContext, assignment?: RoleAssignment): boolean {
  return assignment?.delegatedTo !== undefined || observed.identities.get(target)?.state === 'foreign'
}

/**
 * Refuses to give access to an identity of another tenant. Azure looks its object ID up in the tenant of the caller, unless the caller names the
 * resource with the identity (`delegatedManagedIdentityResourceId`; hashicorp/terraform-provider-azurerm#11848): the role would be for nobody. With Azure
 * Lighthouse, only User Access Administrator with `delegatedRoleDefinitionIds` may do that
 * (learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation), and reads then need the other tenant's ID
 * (pulumi/pulumi-azure-native#4366), so that this step could not tell whether the role is there.
 */
export function refuseForeign({ target }: PairContext, operation: Operation): ActionError {
  return unknowable(
    wordsOfOperation(operation).failure,
    target,
    { who: `the identity ${target.identity.name}` },
    target.identity,
  )
}

/** In `check`, explains that what is missing can't be called drift: this step can't repair it, and does not know how the other tenant gives access. */
export function explainForeign({ target, registry, desired }: PairContext): ActionError {
  const how = desired.group ? `through group ${desired.group}` : 'by its own role'
  const failure = `Could not check whether ${target.name} should pull from ${registry.name} ${how}`
  return unknowable(failure, target, { who: `its identity ${target.identity.name}` }, target.identity)
}

/** In `check`, explains that a role that Azure does not list at a registry of another tenant can't be called missing. */
export function explainConcealed({ target, registry }: PairContext): ActionError {
  const reason = `${registry.name} may belong to another tenant, where Azure does not list all role assignments for this step`
  const failure = `Could not check whether ${target.name} can pull from ${registry.name}`
  return unknowable(failure, registry, { reason }, target.identity)
}
