import { showAssignmentCommand, type RoleAssignment, unknowable } from 'azure'
import { fix, type ActionError, type Fix } from 'kernel'
import { describeFailure, type Operation } from 'run-model'
import type { PairContext } from './context.js'

/** Whether the pair's identity, or that of an assignment, is known to belong to another tenant. */
export function isForeign({ observed, target }: PairContext, assignment?: RoleAssignment): boolean {
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
  return unknowable(describeFailure(operation), target, { who: `the identity ${target.identity.name}` })
}

/** In `check`, explains that what is missing can't be called drift: this step can't repair it, and does not know how the other tenant gives access. */
export function explainForeign({ target, registry, desired }: PairContext): ActionError {
  const how = desired.group ? `through group ${desired.group}` : 'by its own role'
  const failure = `Could not check whether ${target.name} should pull from ${registry.name} ${how}`
  return unknowable(failure, target, { who: `its identity ${target.identity.name}` })
}

/** In `check`, explains that a role that Azure does not list at a registry of another tenant can't be called missing. */
export function explainConcealed({ target, registry }: PairContext): ActionError {
  return unknowable(`Could not check whether ${target.name} can pull from ${registry.name}`, registry, {
    reason: `${registry.name} is not known to belong to the tenant that this step is signed in to, and Azure does not list all role assignments there`,
  })
}

/** The advice about an assignment of an identity of another tenant, in place of one that deletes it. */
export function adviseOnForeign(assignmentId: string): Fix {
  return fix(
    'The identity belongs to another tenant, so its owner has to decide what it needs. The assignment:',
    showAssignmentCommand(assignmentId),
  )
}
