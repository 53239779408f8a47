import { aksCommand, createRoleAssignmentCommand, delegationCondition, delegationConditionFor } from './az-commands.js'
import { ActionError, cancelled, isAbort, type AzureAnswer, type ErrorCode } from './errors.js'
import { describeWay } from './proxy.js'

/** What was being done when Azure refused. */
export interface Attempt {
  /** What failed, as a sentence without its full stop: `The registry contosoacr could not be read`. */
  failure: string
  /** Name of the resource. */
  subject: string
  /** Resource ID that the request was about. */
  scope: string
  /** The action in Azure's terms, for a refusal that does not name it. */
  action: string
  /** Code of a 404, where a missing resource is the user's own spelling. */
  notFound?: ErrorCode
  /** What was to be assigned or taken away, for a refusal by a condition. */
  assignment?: { roleId: string; role: string; principalType: string }
  /** The signed-in principal. */
  caller: Caller
}

/** Who the action is signed in as. */
export interface Caller {
  objectId: string
  /** As `az role assignment create` wants it. */
  type: 'ServicePrincipal' | 'User'
  name: string
}

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
    codes.some(code => code.toLowerCase() === answer.code?.toLowerCase())

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

// "The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is invalid."
const refusedAction = /perform action '([^']+)'/
const refusedScope = /(?:over|on) scope '([^']+)'/
// Newer answers have "action(s)" (MicrosoftDocs/azure-docs issue 33442 has the older).
const linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/

/** A token need not tell who it is for; Azure's refusal does. */
function completeCaller(caller: Caller, { message }: AzureAnswer): Caller {
  const [, client = '', objectId = ''] = /The client '([^']+)' with object id '([^']+)'/i.exec(message) ?? []
  return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client }
}

function readRefusal(attempt: Attempt, { message }: AzureAnswer): { action: string; scope: string } {
  const [, linked, linkedScope] = linkedAction.exec(message) ?? []
  return {
    action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
    // Azure names the assignment that would have been; roles are given at the scope before it.
    scope: (linkedScope ?? refusedScope.exec(message)?.[1] ?? attempt.scope).replace(
      /\/providers\/Microsoft\.Authorization\/.*$/i,
      '',
    ),
  }
}

function refusal(attempt: Attempt, answer: AzureAnswer): string {
  const { action, scope } = readRefusal(attempt, answer)
  const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`
  if (says('DenyAssignmentAuthorizationFailed')(answer)) return `${who}, for a deny assignment forbids it`
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
  at?: (attempt: Attempt) => string
  /** Said in the place of its being the smallest built-in one. */
  note?: string
  condition?: (attempt: Attempt) => string
}[] = [
  {
    action: /^Microsoft\.Authorization\/roleAssignments\/(write|delete)$/i,
    role: 'Role Based Access Control Administrator',
    condition: ({ assignment }: Attempt) => (assignment ? delegationConditionFor(assignment) : delegationCondition),
    // At the resource itself, so that nothing else comes into reach.
    at: (attempt: Attempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/importImage\/action$/i,
    role: 'Container Registry Data Importer and Data Reader',
    at: (attempt: Attempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/write$/i,
    role: 'Container Registry Contributor and Data Access Configuration Administrator',
    // The registry does not exist yet.
    at: (attempt: Attempt) => attempt.scope.replace(/\/providers\/.*$/, ''),
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action$/i,
    role: 'Azure Kubernetes Service Cluster User Role',
    at: (attempt: Attempt) => attempt.scope,
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/(runCommand\/action|commandResults\/read)$/i,
    role: 'AKS Probe',
    note: 'No small built-in role can. Create the role AKS Probe of docs/permissions.md, and give it to the identity:',
    at: (attempt: Attempt) => attempt.scope,
  },
  // At the registry that an image comes from, which is not the one that was asked.
  { action: /^Microsoft\.ContainerRegistry\/registries\/pull\/read$/i, role: 'AcrPull' },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/repositories\/content\/read$/i,
    role: 'Container Registry Repository Reader',
  },
  { action: /^read$/i, role: 'Container Registry Data Importer and Data Reader' },
]

function fixAuthorization(attempt: Attempt, answer: AzureAnswer): string {
  const { action, scope } = readRefusal(attempt, answer)
  const known = smallestRoles.find(entry => entry.action.test(action))
  const role = known?.role ?? 'Reader'
  const condition = known?.condition?.(attempt)
  const command = createRoleAssignmentCommand({
    ...attempt.caller,
    role,
    scope: known?.at?.(attempt) ?? scope,
    ...(condition && { condition }),
  })
  const why = isConditionRefusal(answer)
    ? 'Its role assignment has a condition that must allow the role (RoleDefinitionId) and who gets it (PrincipalType). One that does:'
    : condition
      ? 'Give it the smallest role that can, with a condition that allows no other roles and principals than needed:'
      : (known?.note ?? `${role} is the smallest built-in role that can:`)
  const misspelled = known ? '' : '\nOr the name is wrong: without a role there, what does not exist looks the same.'
  return `${why}\n${indent(command)}\nA role that was just given can take some minutes to work.${misspelled}`
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

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}

interface SdkError {
  statusCode?: number
  /** The body's, whatever it is. */
  code?: unknown
  message: string
  response?: { status?: number; bodyAsText?: string | null; headers?: { get(name: string): string | undefined } }
}

/** Reads an Azure SDK error (`RestError`) by its shape, so that this file does not load the SDK. */
function readAzureAnswer(thrown: unknown): AzureAnswer | undefined {
  if (!(thrown instanceof Error) || thrown.name !== 'RestError') return undefined
  const error = thrown as SdkError
  const status = error.statusCode ?? error.response?.status
  const body = readErrorBody(error.response?.bodyAsText)
  // PARSE_ERROR is the SDK's own, for a body that is no JSON.
  const code = body?.code ?? (typeof error.code === 'string' && error.code !== 'PARSE_ERROR' ? error.code : undefined)
  const plain = error.code === 'PARSE_ERROR' ? (error.response?.bodyAsText ?? '') : error.message
  const correlationId = error.response?.headers?.get('x-ms-correlation-request-id')
  return {
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    // On one line, for a line that begins with `::` would be a command to the runner. Newer SDK packages keep no text of the body, but with a
    // code the message is Azure's own. Without a JSON body the SDK puts the raw body there: its first line is enough of a proxy's HTML page.
    message:
      (body?.message ?? (code === undefined ? plain.split('\n')[0]?.slice(0, 300) : error.message))
        ?.replace(/\s*[\r\n]+\s*/g, ' ')
        .trim() || `an answer without explanation (HTTP ${status ?? 'unknown'})`,
    ...(correlationId !== undefined && { correlationId }),
    ...(isForeign(error, body?.code) && { isForeign: true }),
  }
}

// Resource Manager and registries send the first two, Microsoft Graph the third (recorded).
const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id']

/** Whether an answer has neither a body nor a header that Azure's have: a proxy that refuses `CONNECT` looks so, and its web pages. */
function isForeign({ response }: SdkError, code: string | undefined): boolean {
  if (!response || code !== undefined) return false
  return !azureHeaders.some(header => response.headers?.get(header) !== undefined)
}

/** ARM wraps errors in `error`, AKS sometimes doesn't (recorded: aks_put_409_etagmismatch_unwrapped). */
function readErrorBody(text: string | null | undefined): { code?: string; message?: string } | undefined {
  if (!text) return undefined
  try {
    const body = JSON.parse(text) as { error?: unknown } | null
    const { code, message } = (body?.error ?? body ?? {}) as { code?: unknown; message?: unknown }
    return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) }
  } catch {
    return undefined // not JSON: a proxy or gateway answered
  }
}
