import { quoted } from './az-commands.js'

/** The `az` commands that create a federated credential fit for the presented token: for an app registration, and for a managed identity. */
export function createFederatedCredentialCommands(token: {
  clientId: string
  issuer: string
  subject: string
  audience: string
  /** The managed identity, where it is known; else Azure finds it by the client ID. */
  identity?: { name: string; resourceGroup: string }
}): { app: string; identity: string } {
  const { clientId, issuer, subject, audience } = token
  // 3 to 120 letters, digits, - and _ (graph: federatedIdentityCredential.name).
  const name = `github-${subject.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 120).replace(/-+$/, '')
  const parameters = JSON.stringify({ name, issuer, subject, audiences: [audience] })
  // The name of the identity is not known here, but Azure finds it by the client ID.
  const find = (property: string) =>
    `"$(az identity list --query "[?clientId=='${clientId}'].${property}" --output tsv)"`
  return {
    app: `az ad app federated-credential create --id ${clientId} --parameters ${quoted(parameters)}`,
    identity:
      `az identity federated-credential create --identity-name ${find('name')} \\\n` +
      `  --resource-group ${find('resourceGroup')} --name ${quoted(name)} \\\n` +
      `  --issuer ${quoted(issuer)} --subject ${quoted(subject)} --audiences ${quoted(audience)}`,
  }
}

/**
 * The command that lets all branches, tags or environments of a repository sign in to an app registration with one flexible federated credential,
 * instead of the presented one alone; undefined where the subject names none of them. The Azure CLI has no command of its own for it
 * (learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials).
 */
export function createFlexibleCredentialCommand(token: {
  clientId: string
  issuer: string
  subject: string
  audience: string
  /** Microsoft Graph of the cloud, without a trailing slash. */
  graph: string
}): { kind: 'branch' | 'tag' | 'environment'; command: string } | undefined {
  const { clientId, issuer, subject, audience, graph } = token
  const [, repository, part = ''] =
    /^(repo:[^:']+):(ref:refs\/heads\/|ref:refs\/tags\/|environment:)/.exec(subject) ?? []
  if (!repository) return undefined
  const kind = part.startsWith('env') ? 'environment' : part.endsWith('tags/') ? 'tag' : 'branch'
  const value = `claims['sub'] matches '${repository}:${part}*'`
  const name = `github-${repository.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 100) + `-every-${kind}`
  const body = { name, issuer, audiences: [audience], claimsMatchingExpression: { value, languageVersion: 1 } }
  const url = `${graph}/beta/applications(appId='${clientId}')/federatedIdentityCredentials`
  const command =
    `az rest --method post --url ${quoted(url)} \\\n  --headers Content-Type=application/json \\\n` +
    `  --body ${quoted(JSON.stringify(body))}`
  return { kind, command }
}
