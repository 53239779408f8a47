import {
  createRoleAssignmentCommand,
  delegationCondition,
  describeCaller,
  isAtOrAbove,
  listHeldRolesCommand,
  lastSegment,
  probeRole,
  runCommandRole,
  sameId,
} from 'azure'
import { briefly, type ActionError, type AzureAnswer, type Fix } from 'kernel'
import type { Attempt } from '../ask.js'
import { armActions } from './requests.js'
import { isCode } from '../rule.js'

// "The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is invalid."
const refusedAction = /perform action '([^']+)'/

const refusedScope = /(?:over|on) scope '([^']+)'/

// Newer answers have "action(s)" (MicrosoftDocs/azure-docs issue 33442 has the older).
const linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/

function readRefusal(
  { message }: AzureAnswer,
  attempt: Pick<Attempt, 'action' | 'scope'>,
): { action: string; scope: string } {
  const [, linked, linkedScope] = linkedAction.exec(message) ?? []
  const named = linkedScope ?? refusedScope.exec(message)?.[1] ?? ''
  // Never wider than what the request is about, whatever Azure, or something in between, names.
  const isWider = isAtOrAbove(named, attempt.scope) && !sameId(named, attempt.scope)
  const scope = scopePattern.test(named) && !isWider ? named : attempt.scope
  return {
    action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
    // Azure may name the new assignment itself; the role must be given at the scope above it.
    scope: scope.replace(/\/providers\/Microsoft\.Authorization\/.*$/i, ''),
  }
}

/** The missing action and its scope, if a role there would end the refusal; undefined otherwise, as for deny assignments and conditions. */
export function findRefused({
  code,
  azure,
  resource: scope = '',
}: ActionError): ReturnType<typeof readRefusal> | undefined {
  const isOfRole =
    code === 'AUTHORIZATION_FAILED' && azure && isCode(azure, 'AuthorizationFailed') && !isConditionRefusal(azure)
  return isOfRole ? readRefusal(azure, { action: '', scope }) : undefined
}

/** Characters allowed in a scope, which becomes part of a command. */
const scopePattern = /^\/[\p{L}\p{N}\-._()/ ]*$/u

/** What the actions that fail most often do. */
const plainWords = [
  [armActions.writeRoleAssignment, 'assign roles on'],
  [armActions.deleteRoleAssignment, 'remove roles on'],
  [armActions.importImage, 'import images into'],
] as const

/** Describes as a clause which action the caller lacks at which scope, and why, if Azure gives a reason. */
export function describeRefusal(answer: AzureAnswer, attempt: Attempt): string {
  const { action, scope } = readRefusal(answer, attempt)
  const who = describeCaller(attempt.caller)
  const [, plainly] = plainWords.find(([each]) => sameId(each, action)) ?? []
  const refusal = plainly
    ? `${who} can't ${plainly} ${lastSegment(scope)} (${action} on ${scope})`
    : `${who} is not allowed to perform ${action} on ${scope}`
  if (isCode(answer, 'DenyAssignmentAuthorizationFailed')) return `${refusal}, because a deny assignment forbids it`
  if (!isConditionRefusal(answer)) return refusal
  const { role, roleId, principalType } = attempt.assignment ?? {}
  const which = role ? `: role ${role} (${roleId ?? ''}), principal type ${principalType ?? ''}` : ''
  return `${refusal}: the condition of its own role assignment does not allow this one${which}`
}

/** Whether Azure says that a condition may be why: it does not tell which one. */
export function isConditionRefusal({ message }: AzureAnswer): boolean {
  return /ABAC condition/i.test(message)
}

/** Managed identities are service principals, too. */
const anyPuller = { principalTypes: ['ServicePrincipal'] }

const importerRole = 'Container Registry Data Importer and Data Reader'

/** A role that allows some actions. */
interface SmallestRole {
  actions: readonly string[]
  role: string
  /** The scope to assign it at; by default the one that Azure names. */
  at?: 'resource' | 'resource group'
  /** Replaces the sentences that it is the smallest built-in role, and how to assign it. */
  note?: readonly [short: string, assign: string]
  /** Limits what can be done with it. */
  condition?: (attempt: Attempt) => string
}

/** The smallest built-in role per action. */
const smallestRoles: readonly SmallestRole[] = [
  {
    actions: [armActions.writeRoleAssignment, armActions.deleteRoleAssignment],
    role: 'Role Based Access Control Administrator',
    condition: ({ assignment, action }) =>
      delegationCondition({
        ...(assignment ? { principalIds: [assignment.principalId], roleIds: [assignment.roleId] } : anyPuller),
        deletes: action === armActions.deleteRoleAssignment,
      }),
    // At the resource itself, to give access to nothing else.
    at: 'resource',
  },
  { actions: [armActions.importImage], role: importerRole, at: 'resource' },
  {
    actions: [armActions.writeRegistry],
    role: 'Container Registry Contributor and Data Access Configuration Administrator',
    // The registry does not exist yet.
    at: 'resource group',
  },
  customRole(probeRole.name, [armActions.readKubeconfig]),
  customRole(runCommandRole.name, [armActions.runCommand, armActions.readCommandResult]),
  {
    actions: [armActions.readResourceGroup],
    role: 'Reader',
    note: [
      'Set the input location, and the step does not read the resource group.',
      'Or assign Reader there, which lets the signed-in identity read everything in it:',
    ],
  },
  // At the registry that an image comes from, not at the one that imports it.
  { actions: ['Microsoft.ContainerRegistry/registries/pull/read'], role: 'AcrPull' },
  {
    actions: ['Microsoft.ContainerRegistry/registries/repositories/content/read'],
    role: 'Container Registry Repository Reader',
  },
  { actions: ['read'], role: importerRole },
]

/** A role that the set-up defines. */
function customRole(role: string, actions: readonly string[]): SmallestRole {
  const short = `The signed-in identity needs the role ${role}, as the set-up assigns it.`
  return { actions, role, note: [short, 'Create it from docs/permissions.md, and assign it:'], at: 'resource' }
}

/** For all other actions. */
const reader: SmallestRole = { actions: [], role: 'Reader' }

/**
 * Every advice to assign a role has it, behind what to do: new roles take up to ten minutes to work (learn.microsoft.com/azure/role-based-access-control/troubleshooting),
 * and a refusal is never retried.
 */
export const justAssigned = 'New roles take up to ten minutes to work. If you have just assigned one, re-run then.'

/** Without a command: which resource the role must be at is not known, and a role at the whole list's scope would be too wide. */
const adviceOnList = briefly(
  'Give the resource by its resource ID; then Reader at that resource is enough.',
  justAssigned,
)

/**
 * Shows the conditions of an identity's roles at a scope, of which none allows the write, and Azure does not tell which one is about it: `az role assignment create`
 * leaves an existing assignment as it is, whatever its condition.
 * @param more what else may be why
 */
export function fixCondition(holder: string, scope: string, more = ''): Fix {
  return briefly(
    "The condition of the signed-in identity's role assignment must allow the role (RoleDefinitionId) and its holder (PrincipalId or PrincipalType), and a deletion by itself.",
    `${more}docs/permissions.md has such a condition. The assignments, with their conditions:`,
    ...(holder ? [listHeldRolesCommand(holder, scope)] : []),
  )
}

/** Advises to assign the smallest role that is enough, with the command, at a scope that is no wider than the resource. */
export function fixAuthorization(answer: AzureAnswer, attempt: Attempt): Fix {
  const refused = readRefusal(answer, attempt)
  const known = smallestRoles.find(({ actions }) => actions.some(action => sameId(action, refused.action)))
  const { role, at, note, condition: conditionOf } = known ?? reader
  const scope = at ? scopesOf(attempt)[at] : refused.scope
  if (isPlace(scope) && !at && refused.action !== armActions.readResourceGroup) return adviceOnList
  const condition = conditionOf?.(attempt) ?? ''
  const { objectId, name } = attempt.caller
  const holder = objectId || name
  if (isConditionRefusal(answer)) return fixCondition(holder, scope, `${justAssigned} `)
  const [short, assign] = note ?? describeSmallest(role, scope, condition)
  const misspelled = known ? '' : ' Or the name is wrong: Azure gives the same answer for both.'
  const commands = holder ? [createRoleAssignmentCommand({ ...attempt.caller, role, scope, condition })] : []
  return briefly(short, `${justAssigned}${misspelled} ${assign}`, ...commands)
}

/** Where a role can be assigned for a request. */
function scopesOf({ scope }: Attempt): Record<NonNullable<SmallestRole['at']>, string> {
  return { resource: scope, 'resource group': scope.replace(/\/providers\/.*$/, '') }
}

/** Whether a scope is a subscription or a resource group: a role there also applies to everything in it. */
function isPlace(scope: string): boolean {
  return !/\/providers\//i.test(scope)
}

function describeSmallest(role: string, scope: string, condition: string): [short: string, assign: string] {
  const limited = condition && ', with a condition that allows only the necessary roles and principals'
  return [
    `The signed-in identity needs ${role} on ${lastSegment(scope)}, the smallest built-in role that allows this.`,
    `To assign it${limited}:`,
  ]
}

/** A policy assignment's ID, which becomes part of a command. */
const policyAssignmentPattern = /^\/[\w./()-]*\/providers\/Microsoft\.Authorization\/policyAssignments\/[\w.-]+$/i

/**
 * Reads the policy that a `RequestDisallowedByPolicy` names: `Policy identifiers: '[{"policyAssignment":{"name":"…","id":"…"},"policyDefinition":{…}}]'.`
 * (Azure/azure-powershell issue 14563). If the policy has a message of its own, only the details name it (learn.microsoft.com/azure/governance/policy,
 * "Non-compliance messages").
 * @returns the name that people gave the assignment, or that of the definition, and the assignment's resource ID; each empty if not named
 */
export function readPolicy({ message, policy }: Pick<AzureAnswer, 'message' | 'policy'>): {
  name: string
  assignmentId: string
} {
  const [, name = policy?.name ?? ''] = /"policyAssignment":\s*\{\s*"name":\s*"([^"]*)"/.exec(message) ?? []
  const [, quoted = ''] = /"id":\s*"([^"]*\/policyAssignments\/[^"]*)"/i.exec(message) ?? []
  const assignmentId = quoted || (policy?.assignmentId ?? '')
  return { name, assignmentId: policyAssignmentPattern.test(assignmentId) ? assignmentId : '' }
}
