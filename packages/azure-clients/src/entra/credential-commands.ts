import { az, doubleQuoted, json, raw } from 'azure'

/** The claims of a presented ID token that a federated credential must match, whose it is, and the application that it signs in to. */
type PresentedToken = Record<'clientId' | 'issuer' | 'subject' | 'audience' | 'repository', string>

/**
 * Create a federated credential that matches the token: `app` for an app registration, `identity` for a managed identity. They have the marks by which
 * `docs/set-up.sh --remove` knows what it may delete: a description or, because those of managed identities have none, the beginning of a name.
 */
export function createFederatedCredentialCommands(token: PresentedToken): { app: string; identity: string } {
  const { clientId, issuer, subject, audience, repository } = token
  // 3 to 120 letters, digits, - and _ (graph: federatedIdentityCredential.name).
  const name = `attach-acr-${subject.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 120).replace(/-+$/, '')
  const description = repository && `attach-acr for ${repository}`
  const parameters = { name, ...(description && { description }), issuer, subject, audiences: [audience] }
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
