import { createRoleAssignmentCommand, groupMemberCommand } from 'azure'
import type { Operation } from 'run-model'

/** A command that repairs the drift of a target at a registry; the registry is empty if it repairs all of them. */
export interface Repair {
  target: string
  registry: string
  command: string
}

/** The command that does a planned operation. Nothing for operations without a single `az` command, and for those that need a registry that does not exist. */
export function toRepair(operation: Operation): Repair[] {
  if (operation.operation === 'add-group-member') {
    const { target, groupId } = operation
    const command = groupMemberCommand('add', groupId, target.identity.objectId)
    return [{ target: target.id, registry: '', command }]
  }
  if (operation.operation !== 'create-role-assignment' || !operation.registry.exists) return []
  const { target, registry, role, principalId, principalType, condition } = operation
  const grant = { objectId: principalId, type: principalType, role: role.name, scope: registry.id }
  const command = createRoleAssignmentCommand({ ...grant, ...(condition && { condition }) })
  return [{ target: target.id, registry: registry.id, command }]
}
