import { az, findAdmission, findServicePrincipalCommand, metadataService } from 'azure'
import type { Auth, OidcAuth } from 'azure'
import { briefly, inShort, ActionError, cancelled, choices, clauseOf, fix, isAbort, messageOf, takeIn } from 'kernel'
import type { AzureAnswer, Fix } from 'kernel'
import { createFederatedCredentialCommands } from './credential-commands.js'
import type { IdTokenClaims } from '../github/id-token.js'
import { describeProxy, describeWay, proxyFor } from '../http/proxy.js'
import { oneLine } from '../http/answers.js'
import { findExplanation, rule, type Rule } from '../rule.js'

/** What docs/set-up.sh can do about a subject of ID tokens. */
export interface SetUpAdvice {
  /** The commands that run it again so that tokens with this subject can sign in; none if it can't help. */
  commands: readonly string[]
  /** The address of the page about subjects; empty if it is unknown. */
  page: string
}

interface SignInAttempt {
  auth: OidcAuth
  presented: IdTokenClaims
  setUp: SetUpAdvice
}

/**
 * A refusal because no federated credential matches.
 * @param codes without their `AADSTS`
 * @param isElsewhere whether the job may run on another branch than the one that was set up
 */
function mismatch(
  codes: readonly number[],
  describe: (clientId: string) => string,
  isElsewhere = false,
): Rule<AzureAnswer, SignInAttempt> {
  const sentence = (_: AzureAnswer, { auth }: SignInAttempt): string => describe(auth.clientId)
  const statement = 'Microsoft Entra refuses the ID token of this job'
  const named = codes.map(code => `AADSTS${code}`)
  return rule(named, { code: 'FEDERATED_CREDENTIAL_MISMATCH', statement, sentence }, (_, attempt) =>
    fixMismatch(attempt, isElsewhere),
  )
}

/** A refusal for some other reason. */
function refusal(
  code: number,
  reason: string,
  advice: Rule<AzureAnswer, SignInAttempt>['fix'],
): Rule<AzureAnswer, SignInAttempt> {
  return rule(`AADSTS${code}`, { code: 'SIGN_IN_FAILED', sentence: reason }, advice)
}

const showTenant = az`account show --query tenantId --output tsv`

/** Refusals of Microsoft Entra (learn.microsoft.com/entra/identity-platform/reference-error-codes). */
const entraRules: Rule<AzureAnswer, SignInAttempt>[] = [
  mismatch([70025], clientId => `${clientId} has no federated credential`),
  // learn.microsoft.com/entra/identity-platform/reference-breaking-changes: matching is case-sensitive since 2024.
  mismatch(
    [7002138],
    clientId =>
      `no federated credential of ${clientId} matches it: one has the same subject in other letter case, but subjects are case-sensitive`,
  ),
  // Issuer, and audience.
  mismatch([700211, 700212], clientId => `no federated credential of ${clientId} matches it`),
  // The older code for all, subject, a flexible expression, and what GitHub's enterprise policy requires (radius-project/radius#12699).
  mismatch([70021, 700213, 7002137, 7002381], clientId => `no federated credential of ${clientId} matches it`, true),
  rule(
    429,
    { code: 'THROTTLED', statement: 'Microsoft Entra throttled the sign-in for longer than the retries last' },
    'Re-run the step in a few minutes, with fewer jobs at once.',
  ),
  rule(
    answer => !isRefusal(answer),
    {
      code: 'AZURE_UNAVAILABLE',
      statement: 'Microsoft Entra did not issue a token',
      sentence: ({ status, message }) =>
        status === undefined ? clauseOf(message) : `it answered with HTTP ${status}. ${clauseOf(message)}`,
    },
    () => `Check https://azure.status.microsoft, ${describeWay()}; then re-run the step.`,
  ),
  refusal(700016, 'the tenant has no application with that client-id', (_, { auth }) =>
    briefly(
      'Check client-id and tenant-id.',
      'In the right tenant, this lists the application; in any other, nothing:',
      findServicePrincipalCommand('appId', auth.clientId),
    ),
  ),
  refusal(
    700024,
    "the ID token's time range does not include now",
    "Check the runner's clock; GitHub's ID tokens are valid for about five minutes.",
  ),
  refusal(
    700027,
    "the signature of the ID token could not be verified with its issuer's keys",
    "The issuer's keys must be reachable from the internet; a GitHub Enterprise Server must expose its OIDC discovery document.",
  ),
  refusal(
    700223,
    'the tenant does not allow workload identity federation for this application',
    'Ask a tenant administrator to allow the issuer in the app management policy.',
  ),
  refusal(
    90002,
    'there is no such tenant in this cloud',
    briefly(
      'Check tenant-id, and environment if the tenant is in a national cloud.',
      'To show the tenant that you are signed in to yourself:',
      showTenant,
    ),
  ),
  refusal(900023, 'the tenant-id is not valid', ['To show the tenant that you are signed in to yourself:', showTenant]),
  refusal(
    500011,
    'the tenant does not know the resource that the token is for',
    'Check that environment names the cloud of the tenant.',
  ),
  refusal(
    53003,
    'a Conditional Access policy blocks it',
    "Ask a tenant administrator to allow this workload identity to sign in from the runners' IP addresses.",
  ),
  rule(/^/, { code: 'SIGN_IN_FAILED', sentence: ({ message }) => clauseOf(message) }, ({ code }) =>
    code
      ? `See the explanation of Microsoft Entra: https://login.microsoftonline.com/error?code=${code.replace('AADSTS', '')}`
      : 'Check client-id, tenant-id and environment.',
  ),
]

/** Whether Entra itself refused, and not a proxy. */
function isRefusal({ status = 0, code, isForeign }: AzureAnswer): boolean {
  return status >= 400 && status < 500 && (isForeign !== true || code !== undefined)
}

/**
 * Explains a failed sign-in with OIDC. Never shows the ID token itself.
 * @param answer Entra's last one, which MSAL's errors lack; its message is why no answer came
 */
export function explainSignIn(thrown: unknown, attempt: SignInAttempt, answer: Partial<AzureAnswer>): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const text = takeIn(messageOf(thrown))
  const { status } = answer
  const code = /AADSTS\d+/.exec(text)?.[0] ?? answer.code
  const correlationId = /Correlation ID: ([0-9a-f-]{36})/i.exec(text)?.[1]
  const message = withoutTrace(text)
  const refused: AzureAnswer = { message, ...answer, ...(code !== undefined && { code }) }
  const explained = findExplanation(entraRules, refused, attempt)
  const { statement, sentence } = explained ?? {}
  const { clientId, tenantId } = attempt.auth
  const said = { what: statement ?? `Signing in as ${clientId} to tenant ${tenantId} failed`, why: sentence }
  return new ActionError(explained?.code ?? 'SIGN_IN_FAILED', said, {
    fix: explained?.fix,
    subject: attempt.auth.clientId,
    cause: thrown,
    azure: {
      message,
      ...(status !== undefined && { status }),
      ...(code && { code }),
      ...(correlationId && { correlationId }),
    },
  })
}

/** Explains a failed sign-in through the Azure CLI or as a managed identity. */
export function explainOtherSignIn(thrown: unknown, { type }: Exclude<Auth, OidcAuth>): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const why = clauseOf(withoutTrace(takeIn(messageOf(thrown))))
  const failed = (how: string, advice: Fix): ActionError =>
    new ActionError('SIGN_IN_FAILED', { what: `Signing in ${how} failed`, why }, { cause: thrown, fix: advice })
  if (type === 'azure-cli') {
    const text = 'Add azure/login before this step, in the same job. To show who is signed in:'
    return failed('through the Azure CLI', fix(text, az`account show`))
  }
  const proxy = proxyFor(metadataService)
  // learn.microsoft.com/azure/virtual-machines/instance-metadata-service: no support for proxies.
  const bypass = proxy
    ? ` Its token comes from 169.254.169.254, which can only be reached without a proxy, but the runner uses ${describeProxy(proxy)}: add 169.254.169.254 to NO_PROXY.`
    : ''
  const text =
    'The runner must be on Azure and have the identity: a system-assigned one, or the user-assigned one that client-id specifies.'
  return failed('as a managed identity', inShort(proxy ? 'Add 169.254.169.254 to NO_PROXY.' : text, `${text}${bypass}`))
}

/** Subjects with the IDs of owner and repository: `repo:OWNER@ID/REPOSITORY@ID:…` (GitHub changelog 2026-04-23). */
const immutable = /^repo:[^:/@]+@\d+\/[^:@]+@\d+:/

function fixMismatch({ auth, presented, setUp }: SignInAttempt, isElsewhere: boolean): Fix {
  const { issuer, subject, audience } = presented
  const { clientId } = auth
  const { app, identity } = createFederatedCredentialCommands({ clientId, ...presented })
  const { who, instead, place, caution } = findAdmission(subject, presented.event)
  const claims = [`issuer    ${issuer}`, `subject   ${subject}`, `audience  ${audience}`]
  const opening = (kind: string) => (caution === undefined ? {} : { caution: `${caution} (${kind})` })
  const { commands, page } = setUp
  const isByHand = commands.length === 0 || instead !== ''
  const way = isByHand ? 'create a federated credential for it' : 'run the set-up for it, which shows a plan and asks'
  const isOther = isElsewhere && place !== undefined
  const first = [
    isOther ? place.otherwise : '',
    `To let ${place?.name ?? subject} sign in${isOther ? ', too' : ''}, ${way}.`,
  ]
  return choices(
    // What to do must be seen without scrolling, but never before who gets in by it.
    {
      text: [...(instead ? [instead] : first), who].filter(Boolean).join(' '),
      short: instead || (first.find(Boolean) ?? ''),
      commands: isByHand ? [] : [...commands],
    },
    { text: page && `Which subjects there are, and who gets in by each: ${page}`, commands: [] },
    {
      text: `${instead ? 'To create it all the same, run' : isByHand ? 'Run' : 'Without the set-up, run'} only the command that fits your client-id. If it belongs to an app registration:`,
      commands: [app],
      ...opening('app registration'),
    },
    {
      text: "If it belongs to a user-assigned managed identity, in the Azure CLI's current subscription:",
      commands: [identity],
      ...opening('managed identity'),
    },
    { text: 'The ID token has:', block: { language: 'text', lines: claims }, commands: [] },
    {
      text: `All three must match exactly (case-sensitive). A matching credential can take a few minutes to work.\n${describeForm(subject)}`,
      commands: [],
    },
  )
}

function describeForm(subject: string): string {
  if (immutable.test(subject))
    return `This repository sends immutable subjects, with the IDs of owner and repository: a credential for ${subject.replace(/@\d+/g, '')} does not match.`
  if (!subject.startsWith('repo:'))
    return 'The subject is made from the template that this repository or its organization has customised.'
  return (
    'This repository sends its name, without IDs: a credential in the form repo:OWNER@ID/REPOSITORY@ID, as the Azure portal creates it, does not match ' +
    'until you switch the repository to immutable subjects. The subject also changes with the branch, tag, pull request or environment.'
  )
}

/** Entra's message, without the trace IDs after it. */
function withoutTrace(text: string): string {
  const start = Math.max(0, text.search(/AADSTS\d+: /))
  return oneLine(text.slice(start).split('Trace ID:')[0] ?? '').slice(0, 500)
}
