import { az, doubleQuoted, inSubscriptionOf, subscriptionOf } from '../../model/az.js'
import { findServicePrincipalCommand, listCommand, showPolicyAssignmentCommand } from '../../model/az-commands.js'
import { ActionError, type AzureAnswer, type ErrorCode } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import { findExplanation, type Rule } from '../../model/rule.js'
import { describeWay } from '../proxy.js'
import { isCode, readAzureAnswer } from './answer.js'
import type { ArmAttempt } from './attempt.js'
import { completeCaller, describeRefusal, fixAuthorization } from './authorization.js'
import { readPolicy } from './policy.js'

const says =
  (...codes: string[]) =>
  (answer: AzureAnswer): boolean =>
    isCode(answer, ...codes)

/** What Azure Resource Manager says, what the contract calls it, whether waiting helps, and what to do. */
export const armRules: Rule<AzureAnswer, ArmAttempt>[] = [
  {
    when: (answer, { notFound }) => notFound !== undefined && answer.status === 404 && !isOfSubscription(answer),
    code: ({ notFound }) => notFound ?? 'AZURE_REFUSED',
    sentence: (_, { scope }) => `there is no ${scope}`,
    fix: (_, { notFound, scope }) =>
      fix(
        'Check the spelling, the resource group and the subscription. The resources that exist:',
        listCommand(listed[notFound ?? 'AZURE_REFUSED'] ?? 'resource', subscriptionOf(scope)),
      ),
  },
  {
    // Nothing else may have confirmed that there is such a group, because Microsoft Graph needs a permission of its own.
    when: (answer, { assignment }) => isCode(answer, 'PrincipalNotFound') && assignment?.principalType === 'Group',
    code: 'PRINCIPAL_NOT_FOUND',
    recovers: true,
    fix: (_, { assignment }) =>
      fix(
        'The group was deleted, or it belongs to another tenant. Give the object ID of a security group of the tenant that the subscription trusts. Whether it has ' +
          'this one:',
        ...(assignment ? [az`ad group show --group ${assignment.principalId}`] : []),
      ),
  },
  {
    // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
    when: says('PrincipalNotFound'),
    code: 'PRINCIPAL_NOT_FOUND',
    recovers: true,
    fix: (_, { assignment, scope }) =>
      fix(
        "The identity was deleted, or it belongs to another tenant: a managed identity can't be given access across tenants, so import the " +
          "images into a registry of the cluster's own tenant instead. To see whether this tenant has it, and which clusters name it:",
        ...(assignment
          ? [
              findServicePrincipalCommand('id', assignment.principalId),
              az`aks list ${inSubscriptionOf(scope)} --query ${doubleQuoted(`[?identityProfile.kubeletidentity.objectId=='${assignment.principalId}'].id`)} --output tsv`,
            ]
          : []),
      ),
  },
  {
    // Another run made it a moment ago: it exists, but the list does not show it yet.
    when: says('RoleAssignmentExists'),
    code: 'PROPAGATION_TIMEOUT',
    recovers: true,
    fix: () => fix('The assignment exists, and nothing is lost. Run the step again in some minutes.'),
  },
  {
    // By chance, and of Azure's own making, with whatever name: the next try may pass (Azure/azure-cli issues 13368 and 23770).
    when: isHashConflict,
    code: 'AZURE_REFUSED',
    recovers: true,
    fix: () =>
      fix('Azure has mistaken the new assignment for another one, which happens at random. Run the step again.'),
  },
  {
    when: says('UnmatchedPrincipalType', 'InvalidPrincipalId'),
    code: 'PRINCIPAL_NOT_FOUND',
    fix: (_, { assignment }) =>
      fix(
        assignment?.principalType === 'Group'
          ? 'The input group must be the object ID of a security group. To look up whether it is a service principal:'
          : 'The pull identity must be a service principal or managed identity, given by its object ID. To look it up:',
        ...(assignment ? [findServicePrincipalCommand('id', assignment.principalId)] : []),
      ),
  },
  {
    when: says('RoleAssignmentLimitExceeded'),
    code: 'ASSIGNMENT_LIMIT',
    fix: (_, { scope }) =>
      fix(
        'A subscription holds 4,000 role assignments. Delete those whose principal is gone:',
        az`role assignment list --all ${inSubscriptionOf(scope)} --query "[?principalName==''].id" --output tsv`,
      ),
  },
  {
    when: says('RequestDisallowedByPolicy'),
    code: 'POLICY_DENIED',
    fix: ({ message }) => {
      const { name, assignmentId } = readPolicy(message)
      return fix(
        `Azure Policy forbids it, and no role overrides a policy. Ask the owner of ${name ? `the policy ${name}` : 'the policy that Azure names'} to change ` +
          `it, or to exempt this resource from it.${assignmentId ? ' What it says:' : ''}`,
        ...(assignmentId ? [showPolicyAssignmentCommand(assignmentId)] : []),
      )
    },
  },
  {
    when: says('MissingSubscriptionRegistration'),
    code: 'AZURE_REFUSED',
    fix: ({ message }, { scope }) => {
      const [, named] = /namespace '([A-Za-z.]+)'/.exec(message) ?? []
      return fix(
        'The subscription has never used this resource provider. Once, by someone who may:',
        az`provider register --namespace ${named ?? 'Microsoft.ContainerRegistry'} ${inSubscriptionOf(scope)} --wait`,
      )
    },
  },
  {
    // Both come with 403 (microsoft/microsoft-foundry-for-vscode issue 292, microsoft/vscode-azureappservice issue 1646).
    when: says('RequestDisallowedByAzure', 'ReadOnlyDisabledSubscription'),
    code: 'AZURE_REFUSED',
    fix: ({ code = '' }) =>
      fix(
        `The message above has Azure's reason (${code}), which no role changes. Correct what it names, then run the step again.`,
      ),
  },
  {
    when: says('ScopeLocked'),
    code: 'SCOPE_LOCKED',
    fix: (_, { scope }) =>
      fix(
        'Find the lock, and remove it for as long as the change takes:',
        az`lock list --resource ${scope} ${inSubscriptionOf(scope)} --output table`,
      ),
  },
  {
    when: says('AlreadyInUse'),
    code: 'AZURE_REFUSED',
    fix: (_, { scope }) =>
      fix(
        'Names of registries are unique in the whole cloud. If you mean one of these, give its resource ID; else choose another name:',
        listCommand('acr', subscriptionOf(scope)),
      ),
  },
  {
    when: isBusy,
    code: 'AZURE_REFUSED',
    recovers: true,
    fix: () => fix('Something else is being changed there. Run the step again later, or with a longer timeout.'),
  },
  {
    when: answer => isOfSubscription(answer) || isCode(answer, 'InvalidSubscriptionId'),
    code: 'SUBSCRIPTION_NOT_FOUND',
    fix: (_, { caller }) =>
      fix(
        `The ID is wrong, of another tenant, or ${caller.name || 'the signed-in identity'} has no role in that subscription. The subscriptions that you ` +
          'can see yourself:',
        az`account list --all --query "[].{name:name, subscription:id, tenant:tenantId}" --output table`,
      ),
  },
  {
    when: says('InvalidAuthenticationTokenTenant'),
    code: 'SIGN_IN_FAILED',
    fix: (_, { scope }) =>
      fix(
        "The subscription belongs to another tenant than tenant-id. Give the subscription's own:",
        az`account show ${inSubscriptionOf(scope)} --query tenantId --output tsv`,
      ),
  },
  {
    when: says('DenyAssignmentAuthorizationFailed'),
    code: 'AUTHORIZATION_FAILED',
    sentence: describeRefusal,
    fix: ({ message }, { scope }) =>
      fix(
        `${message}\nA deny assignment forbids it, and no role overrides that. They come from deployment stacks, managed applications and the node ` +
          'resource group lockdown of AKS; change it there. The deny assignments:',
        az`rest --method get --url ${`${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`}`,
      ),
  },
  {
    // First of all, whatever the status means elsewhere: Azure was not asked at all.
    when: ({ status = 0, isForeign = false }) =>
      status === 407 || (status >= 300 && status < 400) || (status === 403 && isForeign),
    code: 'AZURE_UNAVAILABLE',
    fix: ({ status }, { scope }) =>
      fix(
        `The answer (HTTP ${status ?? ''}) is not Azure's: something between the runner and Azure blocks the request. ` +
          `Check ${describeWay()}. It was about ${scope}`,
      ),
  },
  {
    when: ({ status }) => status === 403,
    code: 'AUTHORIZATION_FAILED',
    sentence: describeRefusal,
    fix: fixAuthorization,
  },
  {
    when: ({ status }) => status === 401,
    code: 'SIGN_IN_FAILED',
    fix: () =>
      fix(
        'Azure Resource Manager does not accept the token. Check that environment, tenant-id and subscription-id belong together.',
      ),
  },
  {
    when: ({ status }) => status === 429,
    code: 'THROTTLED',
    fix: () =>
      fix(
        'Azure asked to slow down for longer than the retries last. Lower the input concurrency, or run the step again in some minutes.',
      ),
  },
  {
    when: ({ status }) => status === undefined || status === 408 || status >= 500,
    code: 'AZURE_UNAVAILABLE',
    fix: (_, { scope }) =>
      fix(
        `Check that the runner reaches Azure (${describeWay()}) and https://azure.status.microsoft, then run the step again. It was about ${scope}`,
      ),
  },
  {
    when: () => true,
    code: 'AZURE_REFUSED',
    fix: ({ code, status }) =>
      fix(
        `The message above has Azure's reason (${code ?? `HTTP ${status ?? ''}`}). Correct what it names, then run the step again.`,
      ),
  },
]

/** Turns what the SDK threw into the contract's error, with what Azure said and what to do now. Azure's answer is read here alone. */
export function explain<Attempt extends ArmAttempt>(
  thrown: unknown,
  attempt: Attempt,
  rules: readonly Rule<AzureAnswer, Attempt>[],
): ActionError {
  const azure = readAzureAnswer(thrown)
  const known = { ...attempt, caller: completeCaller(attempt.caller, azure) }
  const explained = findExplanation(rules, azure, known)
  const reason = explained?.sentence ?? azure.message
  return new ActionError(explained?.code ?? 'AZURE_REFUSED', `${attempt.failure}: ${reason}`, {
    subject: attempt.subject,
    resource: attempt.scope,
    failure: attempt.failure,
    reason,
    isQuoted: explained?.sentence === undefined,
    azure,
    cause: thrown,
    fix: explained?.fix,
    recovers: explained?.recovers,
  })
}

const listed: Partial<Record<ErrorCode, 'group' | 'aks' | 'acr' | 'identity'>> = {
  // Of a registry that is to be created, its resource group is what may be missing.
  INVALID_INPUT: 'group',
  CLUSTER_NOT_FOUND: 'aks',
  REGISTRY_NOT_FOUND: 'acr',
  IDENTITY_NOT_FOUND: 'identity',
}

function isOfSubscription(answer: AzureAnswer): boolean {
  return isCode(answer, 'SubscriptionNotFound')
}

/** Whether Azure takes a new role assignment for another one: `HashConflictOnDifferentRoleAssignmentIds`, or an older name or wording of it. */
export function isHashConflict({ code = '', message }: AzureAnswer): boolean {
  return /^hashconflict/i.test(code) || /hash conflict/i.test(message)
}

/** Whether a resource refuses because of what is being done to it at the moment, and not because of what is asked of it. */
export function isBusy({ status, message }: AzureAnswer): boolean {
  return status === 409 && /in progress|is busy|being (updated|created|changed)/i.test(message)
}
