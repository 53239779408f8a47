import { az, doubleQuoted, json, raw } from 'azure'

/** The claims of a presented ID token that a federated credential must match, and the application that it signs in to. */
type PresentedToken = Record<'clientId' | 'issuer' | 'subject' | 'audience', string>

/** Create a federated credential that matches the token: `app` for an app registration, `identity` for a managed identity. */
export function createFederatedCredentialCommands(token: PresentedToken): { app: string; identity: string } {
  const { clientId, issuer, subject, audience } = token
  // 3 to 120 letters, digits, - and _ (graph: federatedIdentityCredential.name).
  const name = `github-${subject.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 120).replace(/-+$/, '')
  const parameters = { name, issuer, subject, audiences: [audience] }
  // The identity's name is unknown here, but Azure finds the identity by its client ID.
  const find = (property: string) =>
    raw(`"$(${az`identity list --query ${doubleQuoted(`[?clientId=='${clientId}'].${property}`)} --output tsv`})"`)
  return {
    app: az`ad app federated-credential create --id ${clientId} --parameters ${json(parameters)}`,
    identity: az`identity federated-credential create --identity-name ${find('name')}
      --resource-group ${find('resourceGroup')} --name ${doubleQuoted(name)}
      --issuer ${doubleQuoted(issuer)} --subject ${doubleQuoted(subject)} --audiences ${doubleQuoted(audience)}`,
  }
}

/**
 * Creates one flexible federated credential with which all branches, tags or environments of a repository can sign in to an app registration, instead
 * of only the one that the token names; undefined when it names none. The Azure CLI has no command of its own for it
 * (learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials).
 * @param token its `graph` is Microsoft Graph of the cloud, without a trailing slash
 */
export function createFlexibleCredentialCommand(
  token: PresentedToken & { graph: string },
): { kind: 'branch' | 'tag' | 'environment'; command: string } | undefined {
  const { clientId, issuer, subject, audience, graph } = token
  const [, repository, part = ''] =
    /^(repo:[^:']+):(ref:refs\/heads\/|ref:refs\/tags\/|environment:)/.exec(subject) ?? []
  if (!repository) return undefined
  const kind = part.startsWith('env') ? 'environment' : part.endsWith('tags/') ? 'tag' : 'branch'
  const value = `claims['sub'] matches '${repository}:${part}*'`
  const name = `github-${repository.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 100) + `-every-${kind}`
  const body = { name, issuer, audiences: [audience], claimsMatchingExpression: { value, languageVersion: 1 } }
  const url = `${graph}/beta/applications(appId='${clientId}')/federatedIdentityCredentials`
  const command = az`rest --method post --url ${doubleQuoted(url)}
    --headers Content-Type=application/json
    --body ${json(body)}`
  return { kind, command }
}
