import { createRoleAssignmentCommand, withdrawRoleCommand } from '../../model/az-commands.js'
import { delegationCondition, delegationConditionFor } from '../../model/delegation-condition.js'
import type { Caller } from '../../model/caller.js'
import type { AzureAnswer } from '../../model/error.js'
import { fix, type Fix } from '../../model/fix.js'
import { isCode } from './answer.js'
import type { ArmAttempt } from './attempt.js'

// "The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is invalid."
const refusedAction = /perform action '([^']+)'/

const refusedScope = /(?:over|on) scope '([^']+)'/

// Newer answers have "action(s)" (MicrosoftDocs/azure-docs issue 33442 has the older).
const linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/

/** Azure's refusal names the caller, which a token need not do. */
export function completeCaller(caller: Caller, { message }: AzureAnswer): Caller {
  const [, client = '', objectId = ''] = /The client '([^']+)' with object id '([0-9a-f-]{36})'/i.exec(message) ?? []
  return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client }
}

function readRefusal({ message }: AzureAnswer, attempt: ArmAttempt): { action: string; scope: string } {
  const [, linked, linkedScope] = linkedAction.exec(message) ?? []
  const named = linkedScope ?? refusedScope.exec(message)?.[1] ?? ''
  return {
    action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
    // Azure names the assignment that would have been; roles are given at the scope before it.
    scope: (scopePattern.test(named) ? named : attempt.scope).replace(
      /\/providers\/Microsoft\.Authorization\/.*$/i,
      '',
    ),
  }
}

/** What a scope may consist of: it becomes part of a command. */
const scopePattern = /^\/[\p{L}\p{N}\-._()/ ]*$/u

/** Says as a clause who may not do what and where, with the reason where Azure gives one. */
export function describeRefusal(answer: AzureAnswer, attempt: ArmAttempt): string {
  const { action, scope } = readRefusal(answer, attempt)
  const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`
  if (isCode(answer, 'DenyAssignmentAuthorizationFailed')) return `${who}, because a deny assignment forbids it`
  if (!isConditionRefusal(answer)) return who
  const { role, roleId, principalType } = attempt.assignment ?? {}
  const which = role ? `: role ${role} (${roleId ?? ''}), principal type ${principalType ?? ''}` : ''
  return `${who}: the condition of its own role assignment does not allow this one${which}`
}

function isConditionRefusal({ message }: AzureAnswer): boolean {
  return /ABAC condition/i.test(message)
}

/** The smallest built-in role that allows an action, where it is not Reader, and where to give it, if not at the scope that Azure names. */
const smallestRoles: {
  action: RegExp
  role: string
  at?: (attempt: ArmAttempt) => string
  /** Replaces the sentence that it is the smallest built-in role. */
  note?: string
  condition?: (attempt: ArmAttempt) => string
}[] = [
  {
    action: /^Microsoft\.Authorization\/roleAssignments\/(write|delete)$/i,
    role: 'Role Based Access Control Administrator',
    condition: ({ assignment }: ArmAttempt) => (assignment ? delegationConditionFor(assignment) : delegationCondition),
    // At the resource itself, so that nothing else comes into reach.
    at: (attempt: ArmAttempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/importImage\/action$/i,
    role: 'Container Registry Data Importer and Data Reader',
    at: (attempt: ArmAttempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/write$/i,
    role: 'Container Registry Contributor and Data Access Configuration Administrator',
    // The registry does not exist yet.
    at: (attempt: ArmAttempt) => attempt.scope.replace(/\/providers\/.*$/, ''),
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action$/i,
    role: 'Azure Kubernetes Service Cluster User Role',
    at: (attempt: ArmAttempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/(runCommand\/action|commandResults\/read)$/i,
    role: 'AKS Probe',
    note: 'No small built-in role allows that. Create the role AKS Probe of docs/permissions.md, and assign it to the identity:',
    at: (attempt: ArmAttempt) => attempt.scope,
  },
  // At the registry that an image comes from, which is not the one that was asked.
  { action: /^Microsoft\.ContainerRegistry\/registries\/pull\/read$/i, role: 'AcrPull' },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/repositories\/content\/read$/i,
    role: 'Container Registry Repository Reader',
  },
  { action: /^read$/i, role: 'Container Registry Data Importer and Data Reader' },
]

/** The command that assigns the smallest role that would be enough. */
export function fixAuthorization(answer: AzureAnswer, attempt: ArmAttempt): Fix {
  const { action, scope } = readRefusal(answer, attempt)
  const known = smallestRoles.find(entry => entry.action.test(action))
  const role = known?.role ?? 'Reader'
  const condition = known?.condition?.(attempt)
  const { objectId, name, type } = attempt.caller
  const grant = { objectId, name, type, role, scope: known?.at?.(attempt) ?? scope, ...(condition && { condition }) }
  const isConditional = isConditionRefusal(answer)
  const replace = isConditional ? [withdrawRoleCommand(grant)] : []
  const commands = objectId || name ? [...replace, createRoleAssignmentCommand(grant)] : []
  const why = isConditional
    ? 'Its role assignment has a condition, which must allow the role (RoleDefinitionId) and who gets it (PrincipalType). The first command deletes the assignment, and with it what else its condition allows; the second one creates it with a condition that allows this:'
    : condition
      ? 'Give the signed-in identity the smallest role that allows this, with a condition that allows only the roles and principals that are needed:'
      : (known?.note ?? `${role} is the smallest built-in role that can:`)
  const misspelled = known ? '' : ' Or the name is wrong: without a role there, what does not exist looks the same.'
  return fix(`A role that was just given can take some minutes to work.${misspelled} ${why}`, ...commands)
}
