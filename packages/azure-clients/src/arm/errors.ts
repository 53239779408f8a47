import {
  option,
  az,
  doubleQuoted,
  findServicePrincipalCommand,
  formatResourceScope,
  inSubscriptionOf,
  lastSegment,
  listCommand,
  subscriptionOf,
} from 'azure'
import type { Caller } from 'azure'
import { briefly, fix, type ActionError, answerKind, type AzureAnswer, clauseOf } from 'kernel'
import { ask, type Asked, type Attempt } from '../ask.js'
import { describeWay } from '../http/proxy.js'
import { describeRefusal, fixAuthorization, readPolicy } from './authorization.js'
import { isCode, rule, type Rule } from '../rule.js'

/** Sends a request to Azure Resource Manager and explains a refusal, as `ask` does. */
export function askArm<T>(clients: { caller: Caller }, asked: Asked, work: () => Promise<T>): Promise<T> {
  return ask(clients, asked, work, armRules)
}

/** In place of Azure's advice to callers of its API. */
const noPrincipal = "the identity is not in the directory of the subscription's tenant"

export const armRules: Rule<AzureAnswer, Attempt>[] = [
  rule(
    // The role can be deleted after it was read; then the scope of the new assignment exists.
    (answer, { notFound }) =>
      notFound !== undefined &&
      answerKind(answer.status, answer.code) === 'missing' &&
      // Azure names a code. Without one, something in between has answered.
      !!answer.code &&
      !isCode(answer, 'RoleDefinitionDoesNotExist'),
    {
      code: (_, { notFound }) => notFound ?? 'AZURE_REFUSED',
      sentence: (_, { scope }) => `${lastSegment(scope)} does not exist`,
      statement(_, { one, scope }) {
        const [place] = /^.+?(?=\/providers\/)/.exec(scope) ?? []
        return one && place ? `There is no ${one} ${lastSegment(scope)} in ${formatResourceScope(place)}` : undefined
      },
    },
    (_, { notFound, scope }) =>
      briefly(
        'Check the name, the resource group and the subscription.',
        'Existing resources:',
        listCommand(listed[notFound ?? 'AZURE_REFUSED'] ?? 'resource', subscriptionOf(scope)),
      ),
  ),
  rule(
    // Often the first request that checks the group: reading it from Microsoft Graph needs another permission.
    (answer, { assignment }) => isCode(answer, 'PrincipalNotFound') && assignment?.principalType === 'Group',
    { code: 'PRINCIPAL_NOT_FOUND', recovers: true },
    (_, { assignment }) =>
      briefly(
        "Set group to the object ID of a security group in the subscription's tenant.",
        'This one was deleted, or belongs to another tenant. To check it:',
        ...(assignment ? [az`ad group show --group ${assignment.principalId}`] : []),
      ),
  ),
  // A new principal might not have reached every replica of the directory (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
  rule(
    'PrincipalNotFound',
    { code: 'PRINCIPAL_NOT_FOUND', recovers: true, sentence: noPrincipal },
    (_, { assignment, scope }) =>
      briefly(
        'Give the cluster a new kubelet identity if this one was deleted; if it belongs to another tenant, import the images into a registry there.',
        "A managed identity can't be given access across tenants. To see if this tenant has the identity, and which clusters use it:",
        ...(assignment
          ? [
              findServicePrincipalCommand('id', assignment.principalId),
              az`aks list ${inSubscriptionOf(scope)} --query ${doubleQuoted(`[?identityProfile.kubeletidentity.objectId=='${assignment.principalId}'].id`)} --output tsv`,
            ]
          : []),
      ),
  ),
  // Another run has just created it, and lists do not show it yet.
  rule(
    'RoleAssignmentExists',
    { code: 'PROPAGATION_TIMEOUT', recovers: true },
    briefly('Re-run the step in a few minutes.', 'The assignment already exists, and nothing is lost.'),
  ),
  // Random, whatever the assignment's name; the next try may succeed (Azure/azure-cli issues 13368 and 23770).
  rule(
    isHashConflict,
    { recovers: true },
    briefly('Re-run the step.', 'Azure mistook the new assignment for another one, which happens at random.'),
  ),
  rule(['UnmatchedPrincipalType', 'InvalidPrincipalId'], 'PRINCIPAL_NOT_FOUND', (_, { assignment }) => [
    assignment?.principalType === 'Group'
      ? 'The input group must be the object ID of a security group. To check if it is a service principal:'
      : 'The pull identity must be the object ID of a service principal or managed identity. To look it up:',
    ...(assignment ? [findServicePrincipalCommand('id', assignment.principalId)] : []),
  ]),
  rule('RoleAssignmentLimitExceeded', 'ASSIGNMENT_LIMIT', (_, { scope }) =>
    briefly(
      "Ask the subscription's owners which role assignments nobody needs any more: it has as many as Azure allows.",
      'Those whose principal no longer exists, or is hidden from you:',
      az`role assignment list --all ${inSubscriptionOf(scope)} --query "[?principalName==''].id" --output tsv`,
    ),
  ),
  rule(
    'RequestDisallowedByPolicy',
    // Azure's words begin with the name of the new resource. If the fix names the policy, one quote is enough for all that it refuses, without its IDs.
    {
      code: 'POLICY_DENIED',
      sentence: answer =>
        readPolicy(answer).name ? clauseOf(answer.message.replace(/ Policy identifiers: [^]*$/, '')) : undefined,
    },
    answer => {
      const { name, assignmentId } = readPolicy(answer)
      const ask = `Ask the owner of ${name ? `the policy ${name}` : 'the policy named above'} to change it or to exempt this resource: no role overrides a policy.`
      return assignmentId
        ? briefly(ask, 'To see the policy assignment:', showPolicyAssignmentCommand(assignmentId))
        : fix(ask)
    },
  ),
  rule('MissingSubscriptionRegistration', {}, ({ message }, { scope }) => {
    const [, named] = /namespace '([A-Za-z.]+)'/.exec(message) ?? []
    return [
      'Someone with the permission must register the resource provider in the subscription once:',
      az`provider register --namespace ${named ?? 'Microsoft.ContainerRegistry'} ${inSubscriptionOf(scope)} --wait`,
    ]
  }),
  // Both come with 403 (microsoft/microsoft-foundry-for-vscode issue 292, microsoft/vscode-azureappservice issue 1646).
  rule(['RequestDisallowedByAzure', 'ReadOnlyDisabledSubscription'], {}, ({ code = '' }) =>
    briefly(
      `See Azure's reason in the message above (${code}); no role changes it.`,
      `Fix the cause, then re-run the step.`,
    ),
  ),
  rule(
    'ScopeLocked',
    {
      code: 'SCOPE_LOCKED',
      sentence: ({ message }) => {
        const [, locked] = /are locked: '([\w/.()-]+)[',]/.exec(message) ?? []
        return locked && `a lock on ${formatResourceScope(locked)} forbids it`
      },
    },
    (_, { scope }) => ['Find the lock, and remove it while the change is made:', listLocksCommand(scope)],
  ),
  rule('AlreadyInUse', {}, (_, { scope }) =>
    briefly(
      'Choose another name, or give the resource ID of an existing registry.',
      'Registry names are unique across the whole cloud. Those of the subscription:',
      listCommand('acr', subscriptionOf(scope)),
    ),
  ),
  rule(
    isBusy,
    { recovers: true },
    briefly('Re-run the step later, or with a longer timeout.', 'Another change is in progress there.'),
  ),
  // Not for want of a role: that is a 403 (JupiterOne/graph-azure, `validateInvocationWithNoAccessToSubscriptionId`, recorded in 2023).
  rule(['SubscriptionNotFound', 'InvalidSubscriptionId'], 'SUBSCRIPTION_NOT_FOUND', () =>
    briefly(
      'The ID is wrong, or the subscription is in another tenant or cloud.',
      'To list the subscriptions that you can see yourself:',
      az`account list --all --query "[].{name:name, subscription:id, tenant:tenantId}" --output table`,
    ),
  ),
  rule('InvalidAuthenticationTokenTenant', 'SIGN_IN_FAILED', (_, { scope }) =>
    briefly(
      'Set tenant-id to the tenant of the subscription.',
      'To see it:',
      az`account show ${inSubscriptionOf(scope)} --query tenantId --output tsv`,
    ),
  ),
  rule(
    'DenyAssignmentAuthorizationFailed',
    { code: 'AUTHORIZATION_FAILED', sentence: describeRefusal },
    ({ message }, { scope }) =>
      briefly(
        `${message}\nChange the deny assignment where it comes from: no role overrides one.`,
        'Deployment stacks, managed applications and the node resource group lockdown of AKS create them. To list them:',
        az`rest --method get --url ${`${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`}`,
      ),
  ),
  rule(
    // Before all rules by status: the request did not reach Azure.
    ({ status = 0, isForeign = false }) =>
      status === 407 || (status >= 300 && status < 400) || (status === 403 && isForeign),
    'AZURE_UNAVAILABLE',
    ({ status }, { scope }) =>
      briefly(
        `Something between the runner and Azure blocks the request about ${scope}: check ${describeWay()}.`,
        `The answer (HTTP ${status ?? ''}) is not Azure's.`,
      ),
  ),
  rule(403, { code: 'AUTHORIZATION_FAILED', sentence: describeRefusal }, fixAuthorization),
  rule(
    401,
    'SIGN_IN_FAILED',
    briefly(
      'Check that environment, tenant-id and subscription-id belong together.',
      'Azure Resource Manager does not accept the token.',
    ),
  ),
  rule(
    429,
    'THROTTLED',
    'Lower the input concurrency, or re-run the step in a few minutes: Azure throttled the requests for longer than the retries last.',
  ),
  rule(
    ({ status, code }) => answerKind(status) === 'open' || (status === 404 && !code),
    'AZURE_UNAVAILABLE',
    ({ status, isForeign = false }, { scope }) =>
      briefly(
        `Check https://azure.status.microsoft${status && !isForeign ? '' : `, ${describeWay()}`}; then re-run the step.`,
        `The request was about ${scope}.`,
      ),
  ),
  rule(/^/, {}, ({ code, status }) =>
    briefly(
      `See the reason in the message above (${code ?? `HTTP ${status ?? ''}`}).`,
      `Fix the cause, then re-run the step.`,
    ),
  ),
]

const listed: Partial<Record<ActionError['code'], 'group' | 'aks' | 'acr' | 'identity'>> = {
  // When creating a registry, a 404 means that the resource group doesn't exist.
  INVALID_INPUT: 'group',
  CLUSTER_NOT_FOUND: 'aks',
  REGISTRY_NOT_FOUND: 'acr',
  IDENTITY_NOT_FOUND: 'identity',
}

/** Whether Azure mistook a new role assignment for another one: `HashConflictOnDifferentRoleAssignmentIds`, or an older name or wording of it. */
export function isHashConflict({ code = '', message }: AzureAnswer): boolean {
  return /^hashconflict/i.test(code) || /hash conflict/i.test(message)
}

/** Whether a resource refuses only because another change is in progress. */
export function isBusy({ status, message }: AzureAnswer): boolean {
  return status === 409 && /in progress|is busy|being (updated|created|changed)/i.test(message)
}

export function showPolicyAssignmentCommand(id: string): string {
  const [, scope = '', name = ''] =
    /^(.*)\/providers\/Microsoft\.Authorization\/policyAssignments\/([^/]+)$/i.exec(id) ?? []
  return az`policy assignment show --name ${name} --scope ${scope} ${inSubscriptionOf(scope)}`
}

/** Lists the locks of a resource or a resource group, and those above it. */
function listLocksCommand(scope: string): string {
  const [, group = ''] = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(scope) ?? []
  // With the ID of a resource group as its resource, azure-cli 2.74 crashes.
  const at = group ? option('--resource-group', group) : option('--resource', scope)
  return az`lock list ${at} ${inSubscriptionOf(scope)} --output table`
}
