import { aksCommand } from '../../model/az-commands.js'
import { ActionError, cancelled, isAbort, type AzureAnswer, type ErrorCode } from '../../model/error.js'
import { describeWay } from '../proxy.js'
import { isCode, readAzureAnswer } from './answer.js'
import type { Attempt } from './attempt.js'
import { completeCaller, fixAuthorization, refusal } from './authorization.js'

interface Rule {
  /** Azure's error code, or its HTTP status where the code does not matter. */
  when: (answer: AzureAnswer) => boolean
  code: ErrorCode
  /** True for the few states that heal by waiting. The Azure SDK's own retries (408, 429, 5xx, connections) come before this. */
  heals?: true
  fix: (attempt: Attempt, answer: AzureAnswer) => string
}

const says =
  (...codes: string[]) =>
  (answer: AzureAnswer): boolean =>
    isCode(answer, ...codes)

/** What Azure says, what we call it, whether waiting helps, and what to do. The first rule that fits counts. */
const rules: Rule[] = [
  {
    // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
    when: says('PrincipalNotFound'),
    code: 'PRINCIPAL_NOT_FOUND',
    heals: true,
    fix: () =>
      'The identity was deleted, or it belongs to another tenant: a managed identity cannot be given access across tenants, so import the ' +
      "images into a registry of the cluster's own tenant instead. See which identity the cluster uses:\n" +
      '  az aks show --resource-group <group> --name <cluster> --query identityProfile.kubeletidentity',
  },
  {
    // Another run made it a moment ago: it is there, but the list does not show it yet.
    when: says('RoleAssignmentExists'),
    code: 'PROPAGATION_TIMEOUT',
    heals: true,
    fix: () => 'The assignment is there, and nothing is lost. Run the step again in some minutes.',
  },
  {
    when: says('UnmatchedPrincipalType', 'InvalidPrincipalId'),
    code: 'PRINCIPAL_NOT_FOUND',
    fix: () => 'The pull identity must be a service principal or managed identity, given by its object ID.',
  },
  {
    when: says('RoleAssignmentLimitExceeded'),
    code: 'ASSIGNMENT_LIMIT',
    fix: () =>
      'A subscription holds 4,000 role assignments. Delete those whose principal is gone:\n' +
      `  az role assignment list --all --query "[?principalName==''].id" --output tsv`,
  },
  {
    when: says('MissingSubscriptionRegistration'),
    code: 'INVALID_INPUT',
    fix: ({ scope }) =>
      'The subscription has never had a registry. Once, by someone who may:\n' +
      `  az provider register --namespace Microsoft.ContainerRegistry --subscription ${scope.split('/')[2] ?? '<id>'} --wait`,
  },
  {
    when: says('ScopeLocked'),
    code: 'SCOPE_LOCKED',
    fix: ({ scope }) =>
      `Find the lock, and remove it for as long as the change takes:\n  az lock list --resource ${scope} --output table`,
  },
  {
    when: says('AlreadyInUse'),
    code: 'INVALID_INPUT',
    fix: () =>
      'Names of registries are unique in the whole cloud. If the registry is yours, give its own resource ID, else take another name:\n' +
      '  az acr show --name <name> --query id --output tsv',
  },
  {
    when: says('SubscriptionNotFound', 'InvalidSubscriptionId'),
    code: 'SUBSCRIPTION_NOT_FOUND',
    fix: ({ caller }) =>
      'The ID is wrong, of another tenant, or the signed-in identity has no role in that subscription. See what it can reach:\n' +
      `  az role assignment list --all --assignee ${caller.objectId} --output table`,
  },
  {
    // hashicorp/terraform-provider-azurerm issue 15489
    when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    code: 'CLUSTER_UNREACHABLE',
    fix: ({ scope }) =>
      'The cluster gives no credentials of its own, and takes none of Microsoft Entra. Set probe-with: run-command, or let it take these:\n' +
      `  ${aksCommand('update', scope, '--enable-aad')}`,
  },
  {
    when: says('InvalidAuthenticationTokenTenant'),
    code: 'SIGN_IN_FAILED',
    fix: () =>
      "The subscription belongs to another tenant than tenant-id. Give the subscription's own:\n  az account show --subscription <id> --query tenantId",
  },
  {
    when: says('DenyAssignmentAuthorizationFailed'),
    code: 'AUTHORIZATION_FAILED',
    fix: ({ scope }, answer) =>
      `${answer.message}\nA deny assignment forbids it, and no role overrides that. They come from deployment stacks, managed applications and the node resource group lockdown of ` +
      'AKS; change it there. What there is:\n' +
      `  az rest --method get --url "${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"`,
  },
  {
    // Before anything else that a status may mean: Azure was not asked at all.
    when: answer => answer.status === 407 || (answer.status === 403 && answer.isForeign === true),
    code: 'AZURE_UNAVAILABLE',
    fix: ({ scope }, { status }) =>
      `The answer (HTTP ${status ?? ''}) is not Azure's: something between the runner and Azure does not let the request through. ` +
      `Check ${describeWay()}. It was about ${scope}`,
  },
  { when: answer => answer.status === 403, code: 'AUTHORIZATION_FAILED', fix: fixAuthorization },
  {
    when: answer => answer.status === 401,
    code: 'SIGN_IN_FAILED',
    fix: () =>
      'Azure Resource Manager does not accept the token. Check that environment, tenant-id and subscription-id belong together.',
  },
  {
    when: answer => answer.status === 429,
    code: 'THROTTLED',
    fix: () =>
      'Azure asked to slow down for longer than the retries last. Lower the input concurrency, or run the step again in some minutes.',
  },
  {
    when: answer => answer.status === undefined || answer.status === 408 || answer.status >= 500,
    code: 'AZURE_UNAVAILABLE',
    fix: ({ scope }) =>
      `Check that the runner reaches Azure (${describeWay()}) and https://azure.status.microsoft, then run the step again. It was about ${scope}`,
  },
]

/** Whether waiting may turn this refusal into success. */
export function heals(thrown: unknown): boolean {
  const answer = readAzureAnswer(thrown)
  return answer !== undefined && ruleFor(answer)?.heals === true
}

/** The Azure error code of a thrown SDK error, e.g. `RoleAssignmentExists`. */
export function azureCode(thrown: unknown): string | undefined {
  return readAzureAnswer(thrown)?.code
}

/** Whether Azure answered that the resource (or its resource group) is not there. */
export function isNotFound(thrown: unknown): boolean {
  const answer = readAzureAnswer(thrown)
  return answer?.status === 404 && !says('SubscriptionNotFound')(answer)
}

/** What Azure said, in its own words; empty when it said nothing. */
export function azureMessage(thrown: unknown): string {
  return readAzureAnswer(thrown)?.message ?? ''
}

/** Whether the service does not take the caller's token, or gives it no rights. */
export function isUnauthorized(thrown: unknown): boolean {
  return readAzureAnswer(thrown)?.status === 401
}

/** Whether the request may have been carried out all the same: no answer came, or one that does not tell. */
export function isUncertain(thrown: unknown): boolean {
  const answer = readAzureAnswer(thrown)
  return answer !== undefined && (answer.status === undefined || answer.status === 408 || answer.status >= 500)
}

/** Whether the caller may not do what it asked for. */
export function isForbidden(thrown: unknown): boolean {
  return readAzureAnswer(thrown)?.status === 403
}

/** Turns what the SDK threw into the contract's error, with what Azure said and what to do now. */
export function explain(thrown: unknown, attempt: Attempt): ActionError {
  if (thrown instanceof ActionError) return thrown
  if (isAbort(thrown)) return cancelled(thrown)
  const azure = readAzureAnswer(thrown)
  if (azure) attempt = { ...attempt, caller: completeCaller(attempt.caller, azure) }
  const details = { subject: attempt.subject, cause: thrown, ...(azure && { azure }) }
  if (!azure) {
    return new ActionError(
      'UNEXPECTED',
      `${attempt.failure}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      {
        ...details,
        fix: "This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository.",
      },
    )
  }
  if (attempt.notFound && isNotFound(thrown)) {
    return new ActionError(attempt.notFound, `${attempt.failure}: there is no ${attempt.scope}`, {
      ...details,
      fix: fixNotFound(attempt.notFound, attempt.scope),
    })
  }
  const rule = ruleFor(azure)
  if (!rule) {
    return new ActionError('UNEXPECTED', `${attempt.failure}: ${azure.message}`, {
      ...details,
      fix: `Azure refused the request for a reason that attach-acr does not know (${azure.code ?? `HTTP ${azure.status}`}). If it is not explained above, please report it, with this log.`,
    })
  }
  const reason = rule.code === 'AUTHORIZATION_FAILED' ? refusal(attempt, azure) : azure.message
  return new ActionError(rule.code, `${attempt.failure}: ${reason}`, { ...details, fix: rule.fix(attempt, azure) })
}

function ruleFor(answer: AzureAnswer): Rule | undefined {
  return rules.find(rule => rule.when(answer))
}

const listCommands: Partial<Record<ErrorCode, string>> = {
  // Of a registry that is to be created, its resource group is what may be missing.
  INVALID_INPUT: 'az group list',
  CLUSTER_NOT_FOUND: 'az aks list',
  REGISTRY_NOT_FOUND: 'az acr list',
  IDENTITY_NOT_FOUND: 'az identity list',
}

function fixNotFound(code: ErrorCode, scope: string): string {
  const [, subscription = '<id>'] = /^\/subscriptions\/([^/]+)/i.exec(scope) ?? []
  const list = `${listCommands[code] ?? 'az resource list'} --subscription ${subscription} --query "[].id" --output tsv`
  return `Check the spelling, the resource group and the subscription. What there is:\n  ${list}`
}
