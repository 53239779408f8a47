import { showAssignmentCommand } from '../model/az-commands.js'
import type { ActionError } from '../model/error.js'
import { fix, type Fix } from '../model/fix.js'
import { unknowable } from '../model/other-tenant.js'
import type { Context } from './context.js'

/** In `check`, explains that what is missing can't be called drift: this step can't repair it, and does not know how the other tenant gives access. */
export function explainForeign({ target, registry, desired }: Context): ActionError {
  const how = desired.group ? `through group ${desired.group}` : 'by its own role'
  return unknowable({
    failure: `Could not check whether ${target.name} should pull from ${registry.name} ${how}`,
    who: `its identity ${target.identity.name}`,
    resource: target,
  })
}

/** The advice about an assignment of an identity of another tenant, in place of one that deletes it. */
export function adviseOnForeign(assignmentId: string): Fix {
  return fix(
    'The identity belongs to another tenant, so its owner has to decide what it needs. The assignment:',
    showAssignmentCommand(assignmentId),
  )
}
