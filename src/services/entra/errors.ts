import {
  createFederatedCredentialCommands,
  createFlexibleCredentialCommand,
} from '../../model/az-credential-commands.js'
import { az } from '../../model/az.js'
import { findServicePrincipalCommand } from '../../model/az-commands.js'
import { metadataService } from '../../model/cloud.js'
import { ActionError, cancelled, isAbort, messageOf } from '../../model/error.js'
import { choices, fix, type Fix } from '../../model/fix.js'
import { cut, oneLine } from '../../model/foreign-text.js'
import { findExplanation, type Rule } from '../../model/rule.js'
import type { Auth, OidcAuth } from '../../model/wanted.js'
import { describeProxy, describeWay, proxyFor } from '../proxy.js'
import type { IdTokenClaims } from '../runner/id-token.js'

/** What Entra last answered, which MSAL's errors do not tell. */
export interface EntraAnswer {
  /** Absent when no answer came. */
  status?: number
  /** The first of the answer's `error_codes`. */
  code?: string
  /** Whether the answer is in Entra's form, and not of something on the way. */
  isEntras?: boolean
  /** Why no answer came. */
  failure?: string
}

/** The same with what MSAL made of it. */
type Said = EntraAnswer & { /** Entra's own words, or MSAL's. */ message: string }

interface SignInAttempt {
  auth: OidcAuth
  /** What the ID token claimed. */
  presented: IdTokenClaims
  /** Microsoft Graph of the cloud, without a trailing slash. */
  graph: string
}

const says =
  (...codes: string[]) =>
  ({ code }: Said): boolean =>
    code !== undefined && codes.includes(code)

const noneFits = ({ auth }: SignInAttempt, why: string): string =>
  `Microsoft Entra refuses the ID token of this job: no federated credential of ${auth.clientId} matches it${why}.`

/** Why signing in failed, as a sentence. */
const failed = ({ auth }: SignInAttempt, reason: string): string =>
  `Signing in as ${auth.clientId} to tenant ${auth.tenantId} failed: ${reason.replace(/\.$/, '')}.`

/** What Entra's codes mean here and what to do (learn.microsoft.com/entra/identity-platform/reference-error-codes). */
const entraRules: Rule<Said, SignInAttempt>[] = [
  {
    when: says('70025'),
    code: 'FEDERATED_CREDENTIAL_MISMATCH',
    sentence: (_, { auth }) =>
      `Microsoft Entra refuses the ID token of this job: ${auth.clientId} has no federated credential.`,
    fix: (_, attempt) => fixMismatch(attempt),
  },
  {
    // learn.microsoft.com/entra/identity-platform/reference-breaking-changes: matching is case-sensitive since 2024.
    when: says('7002138'),
    code: 'FEDERATED_CREDENTIAL_MISMATCH',
    sentence: (_, attempt) =>
      noneFits(attempt, ': one has the same subject in other letter case, and upper and lower case count'),
    fix: (_, attempt) => fixMismatch(attempt),
  },
  {
    // 70021 is the older code for all, then issuer, audience, subject, and an expression that does not match.
    when: says('70021', '700211', '700212', '700213', '7002137'),
    code: 'FEDERATED_CREDENTIAL_MISMATCH',
    sentence: (_, attempt) => noneFits(attempt, ''),
    fix: (_, attempt) => fixMismatch(attempt),
  },
  {
    when: ({ status }) => status === 429,
    code: 'THROTTLED',
    sentence: () => 'Microsoft Entra asked to slow down for longer than the retries last.',
    fix: () => fix('Run the step again in some minutes, and fewer of them at once.'),
  },
  {
    when: answer => !isRefusal(answer),
    code: 'AZURE_UNAVAILABLE',
    sentence: ({ status, failure, message }) =>
      `Microsoft Entra could not be asked for a token. ${status === undefined ? (failure ?? message) : `It answered with HTTP ${status}. ${message}`}`,
    fix: () =>
      fix(
        `Check that the runner reaches Microsoft Entra (${describeWay()}) and https://azure.status.microsoft, then run the step again.`,
      ),
  },
  {
    when: says('700016'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, 'the tenant has no application with that client-id'),
    fix: (_, { auth }) =>
      fix(
        'Check client-id and tenant-id. In the right tenant this lists the application, in another one nothing:',
        findServicePrincipalCommand('appId', auth.clientId),
      ),
  },
  {
    when: says('700024'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, "the ID token's time range does not include now"),
    fix: () => fix("Check the clock of the runner; GitHub's ID tokens live about five minutes."),
  },
  {
    when: says('700027'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) =>
      failed(attempt, "the signature of the ID token could not be verified with its issuer's keys"),
    fix: () =>
      fix(
        "The issuer's keys must be reachable from the internet; a GitHub Enterprise Server needs its OIDC discovery document exposed.",
      ),
  },
  {
    when: says('700223'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) =>
      failed(attempt, 'the tenant does not allow workload identity federation for this application'),
    fix: () => fix('Ask an administrator of the tenant to allow the issuer in its app management policy.'),
  },
  {
    when: says('90002'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, 'there is no such tenant in this cloud'),
    fix: () =>
      fix(
        'Check tenant-id, and environment if the tenant is in a national cloud. The tenant that you are signed in to yourself:',
        az`account show --query tenantId --output tsv`,
      ),
  },
  {
    when: says('900023'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, 'the tenant-id is not valid'),
    fix: () => fix('The tenant that you are signed in to yourself:', az`account show --query tenantId --output tsv`),
  },
  {
    when: says('500011'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, 'the tenant does not know the resource that a token was asked for'),
    fix: () => fix('Check that environment names the cloud of the tenant.'),
  },
  {
    when: says('53003'),
    code: 'SIGN_IN_FAILED',
    sentence: (_, attempt) => failed(attempt, 'a Conditional Access policy blocks it'),
    fix: () =>
      fix(
        'Ask an administrator of the tenant to let this workload identity sign in from the addresses of the runners.',
      ),
  },
  {
    when: () => true,
    code: 'SIGN_IN_FAILED',
    sentence: ({ message }, attempt) => failed(attempt, message),
    fix: ({ code }) =>
      fix(
        code
          ? `Microsoft Entra explains it: https://login.microsoftonline.com/error?code=${code}`
          : 'Check client-id, tenant-id and environment.',
      ),
  },
]

/** Whether Entra itself refused, and not something on the way to it. */
function isRefusal({ status, code, isEntras }: Said): boolean {
  return status !== undefined && status >= 400 && status < 500 && (isEntras === true || code !== undefined)
}

/** The contract's error for a refused or failed sign-in; the ID token itself is never shown. */
export function explainSignIn(thrown: unknown, attempt: SignInAttempt, answer: EntraAnswer): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const text = cut(messageOf(thrown))
  const { status } = answer
  const code = /AADSTS(\d+)/.exec(text)?.[1] ?? answer.code
  const correlationId = /Correlation ID: ([0-9a-f-]{36})/i.exec(text)?.[1]
  const said: Said = { ...answer, message: firstSentences(text), ...(code !== undefined && { code }) }
  const {
    code: ours = 'SIGN_IN_FAILED',
    sentence = '',
    ...explained
  } = findExplanation(entraRules, said, attempt) ?? {}
  return new ActionError(ours, sentence, {
    ...explained,
    subject: attempt.auth.clientId,
    cause: thrown,
    azure: {
      message: said.message,
      ...(status !== undefined && { status }),
      ...(code && { code: `AADSTS${code}` }),
      ...(correlationId && { correlationId }),
    },
  })
}

/** The contract's error for a failed sign-in through the Azure CLI or a managed identity. */
export function explainOtherSignIn(thrown: unknown, { type }: Exclude<Auth, OidcAuth>): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const message = firstSentences(cut(messageOf(thrown)))
  const proxy = proxyFor(metadataService)
  const [how, advice] =
    type === 'azure-cli'
      ? [
          'through the Azure CLI',
          fix('Add azure/login before this step, in the same job. Who is signed in:', az`account show`),
        ]
      : [
          'as a managed identity',
          fix(
            'The runner must be on Azure and have the identity: a system-assigned one, or the user-assigned one that client-id names.' +
              // learn.microsoft.com/azure/virtual-machines/instance-metadata-service: requests with a proxy in between are not supported.
              (proxy
                ? ` Its token comes from 169.254.169.254, which is only reached without a proxy, and the runner uses ${describeProxy(proxy)}: add 169.254.169.254 to NO_PROXY.`
                : ''),
          ),
        ]
  return new ActionError('SIGN_IN_FAILED', `Signing in ${how} failed. ${message}`, { cause: thrown, fix: advice })
}

/** Subjects with the owner's and the repository's ID: `repo:OWNER@ID/REPOSITORY@ID:…` (GitHub changelog 2026-04-23). */
const immutable = /^repo:[^:/@]+@\d+\/[^:@]+@\d+:/

function fixMismatch({ auth, presented, graph }: SignInAttempt): Fix {
  const { issuer, subject, audience } = presented
  const { clientId } = auth
  const { app, identity } = createFederatedCredentialCommands({ clientId, ...presented })
  const flexible = createFlexibleCredentialCommand({ clientId, graph, ...presented })
  const about = [
    `The token says:\nissuer    ${issuer}\nsubject   ${subject}\naudience  ${audience}`,
    immutable.test(subject)
      ? `This repository sends immutable subjects, with the IDs of owner and repository: a credential for ${subject.replace(/@\d+/g, '')} does not match them.`
      : 'This repository sends its name, without IDs: a credential of the kind repo:OWNER@ID/REPOSITORY@ID, as the Azure portal creates it, does not fit ' +
        'until the repository is switched to immutable subjects. The subject also changes with branch, tag, pull request and environment.',
    'All three must match exactly (case-sensitive). Create a matching credential by the one command that fits your client-id. A new one can take some minutes to work.',
  ]
  return choices(
    { text: [...about, 'If client-id belongs to an app registration:'].join('\n'), commands: [app] },
    {
      text: 'If it belongs to a user-assigned managed identity, in the subscription that the Azure CLI has selected:',
      commands: [identity],
    },
    ...(flexible
      ? [
          {
            text:
              `To let many ${pluralOf[flexible.kind]} sign in by one credential (app registrations, preview). Every ${flexible.kind} of the repository can then ` +
              `sign in, so anyone who can create a ${flexible.kind} can, too:`,
            commands: [flexible.command],
            caution: `Wider: lets every ${flexible.kind} of the repository sign in`,
          },
        ]
      : []),
  )
}

const pluralOf = { branch: 'branches', tag: 'tags', environment: 'environments' }

/** Entra's own words, without the trace that follows them. */
function firstSentences(text: string): string {
  const start = Math.max(0, text.search(/AADSTS\d+: /))
  return oneLine(text.slice(start).split('Trace ID:')[0] ?? '').slice(0, 500)
}
