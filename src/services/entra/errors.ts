import { createFederatedCredentialCommands } from '../../model/az-commands.js'
import { ActionError, cancelled, isAbort } from '../../model/error.js'
import type { Auth, OidcAuth } from '../../model/wanted.js'
import { describeWay, readProxy } from '../proxy.js'
import type { IdTokenClaims } from '../runner/id-token.js'

/** What Entra's codes mean here and what to do (learn.microsoft.com/entra/identity-platform/reference-error-codes). */
const explanations: Record<string, { reason: string; fix: (auth: OidcAuth) => string }> = {
  700016: {
    reason: 'the tenant has no application with that client-id',
    fix: ({ clientId }) =>
      `Check client-id and tenant-id. In the right tenant this finds it:\n  az ad sp show --id ${clientId}`,
  },
  700024: {
    reason: "the ID token's time range does not include now",
    fix: () => "Check the clock of the runner; GitHub's ID tokens live about five minutes.",
  },
  700027: {
    reason: "the signature of the ID token could not be verified with its issuer's keys",
    fix: () =>
      "The issuer's keys must be reachable from the internet; a GitHub Enterprise Server needs its OIDC discovery document exposed.",
  },
  700223: {
    reason: 'the tenant does not allow workload identity federation for this application',
    fix: () => 'Ask an administrator of the tenant to allow the issuer in its app management policy.',
  },
  90002: {
    reason: 'there is no such tenant in this cloud',
    fix: () =>
      'Check tenant-id, and environment if the tenant is in a national cloud. The tenant of the signed-in user:\n  az account show --query tenantId --output tsv',
  },
  900023: {
    reason: 'the tenant-id is not a valid one',
    fix: () => 'The tenant of the signed-in user:\n  az account show --query tenantId --output tsv',
  },
  500011: {
    reason: 'the tenant does not know the resource that a token was asked for',
    fix: () => 'Check that environment names the cloud of the tenant.',
  },
  53003: {
    reason: 'a Conditional Access policy blocks it',
    fix: () =>
      'Ask an administrator of the tenant to let this workload identity sign in from the addresses of the runners.',
  },
}

// No federated credential fits: 70021 is the older code for all, 70025 is that there is none at all, then issuer, audience, subject.
const mismatchCodes = ['70021', '70025', '700211', '700212', '700213']

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

/** The contract's error for a refused or failed sign-in. `presented` is what the ID token claimed; the token itself is never shown. */
export function explainSignIn(
  thrown: unknown,
  auth: OidcAuth,
  presented: IdTokenClaims,
  answer: EntraAnswer,
): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const { status, failure } = answer
  const code = /AADSTS(\d+)/.exec(text)?.[1] ?? answer.code
  const correlationId = /Correlation ID: ([0-9a-f-]{36})/i.exec(text)?.[1]
  const message = firstSentences(text)
  const azure = {
    message,
    ...(status !== undefined && { status }),
    ...(code && { code: `AADSTS${code}` }),
    ...(correlationId && { correlationId }),
  }
  const details = { subject: auth.clientId, cause: thrown, azure }

  if (code && mismatchCodes.includes(code)) {
    const refused = `Microsoft Entra refuses the ID token of this job: no federated credential of ${auth.clientId} fits it.`
    return new ActionError('FEDERATED_CREDENTIAL_MISMATCH', refused, { ...details, fix: fixMismatch(auth, presented) })
  }
  if (status === 429) {
    return new ActionError('THROTTLED', 'Microsoft Entra asked to slow down for longer than the retries last.', {
      ...details,
      fix: 'Run the step again in some minutes, and fewer of them at once.',
    })
  }
  const isRefusal =
    status !== undefined && status >= 400 && status < 500 && (answer.isEntras === true || code !== undefined)
  if (!isRefusal) {
    const what = status === undefined ? (failure ?? message) : `It answered with HTTP ${status}. ${message}`
    return new ActionError('AZURE_UNAVAILABLE', `Microsoft Entra could not be asked for a token. ${what}`, {
      ...details,
      fix: `Check that the runner reaches Microsoft Entra (${describeWay()}) and https://azure.status.microsoft, then run the step again.`,
    })
  }
  const known = code ? explanations[code] : undefined
  const reason = (known?.reason ?? message).replace(/\.$/, '')
  const lookUp = code
    ? `What Microsoft Entra means by it: https://login.microsoftonline.com/error?code=${code}`
    : 'Check client-id, tenant-id and environment.'
  return new ActionError(
    'SIGN_IN_FAILED',
    `Signing in as ${auth.clientId} to tenant ${auth.tenantId} failed: ${reason}.`,
    {
      ...details,
      fix: known?.fix(auth) ?? lookUp,
    },
  )
}

/** The contract's error for a failed sign-in through the Azure CLI or a managed identity. */
export function explainOtherSignIn(thrown: unknown, { type }: Exclude<Auth, OidcAuth>): ActionError {
  if (isAbort(thrown)) return cancelled(thrown)
  const message = firstSentences(thrown instanceof Error ? thrown.message : String(thrown))
  const [how, fix] =
    type === 'azure-cli'
      ? [
          'through the Azure CLI',
          'Add azure/login before this step, in the same job. Who is signed in:\n  az account show',
        ]
      : [
          'as a managed identity',
          'The runner must be on Azure and have the identity: a system-assigned one, or the user-assigned one that client-id names.' +
            // learn.microsoft.com/azure/virtual-machines/instance-metadata-service: requests with a proxy in between are not supported.
            (readProxy() &&
              `\nIts token comes from 169.254.169.254, which is only reached without a proxy, and the runner uses ${readProxy()}: add 169.254.169.254 to NO_PROXY.`),
        ]
  return new ActionError('SIGN_IN_FAILED', `Signing in ${how} failed. ${message}`, {
    cause: thrown,
    fix,
  })
}

function fixMismatch(auth: OidcAuth, presented: IdTokenClaims): string {
  const commands = createFederatedCredentialCommands({ clientId: auth.clientId, ...presented })
  // Immutable subjects carry the owner's and the repository's ID: repo:OWNER@ID/REPOSITORY@ID:… (GitHub changelog 2026-04-23).
  const immutable = /^repo:[^:/]+@\d+\/[^:]+@\d+:/.test(presented.subject)
  return [
    'The token says:',
    `  issuer    ${presented.issuer}`,
    `  subject   ${presented.subject}`,
    `  audience  ${presented.audience}`,
    immutable
      ? "This repository uses immutable subjects (with IDs): a credential for 'repo:owner/name:…' without IDs does not fit it."
      : "The subject changes with branch, tag, pull request and environment, and once the repository uses immutable subjects ('repo:owner@id/name@id:…').",
    'All three must be equal to the letter. The credential that fits, for an app registration:',
    commands.app.replace(/^/gm, '  '),
    'or, where client-id is of a user-assigned managed identity:',
    commands.identity.replace(/^/gm, '  '),
    'A credential that was just created can take some minutes to work.',
  ].join('\n')
}

/** Entra's own words, without the trace that follows them. */
function firstSentences(text: string): string {
  const description = /AADSTS\d+: .*/s.exec(text)?.[0] ?? text
  return description
    .replace(/\s+Trace ID:.*/s, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500)
}
