/** The signed-in principal. */
export interface Caller {
  objectId: string
  /** As in `az role assignment create`. */
  type: 'ServicePrincipal' | 'User'
  name: string
}

/** Names the caller in a sentence. An access token need not be readable, so the object ID can be unknown until Azure's refusal has it. */
export function describeCaller({ name, objectId }: Caller): string {
  return objectId ? `${name} (object ID ${objectId})` : name
}

/** The identity that the action is signed in as. */
export interface Session {
  caller: Caller
  tenantId: string
  /** How the action signed in, as shown in the log: `GitHub OIDC, repo:contoso/shop:ref:refs/heads/main`. */
  by: string
  /** Subject of the GitHub ID token; empty if it signed in without one. */
  subject: string
}

/** Signing in with GitHub ID tokens. */
export interface OidcAuth {
  type: 'oidc'
  clientId: string
  tenantId: string
  /** Audience of the GitHub ID token. */
  audience: string
}

/** How the action signs in. */
export type Auth =
  | OidcAuth
  /** As the identity that is signed in to the Azure CLI; `tenantId` may be empty. */
  | { type: 'azure-cli'; tenantId: string }
  /** As the runner's identity: the user-assigned one with this client ID or, if it is empty, the system-assigned one. */
  | { type: 'managed-identity'; clientId: string }

/** Credentials for a registry; with a token as password, the user name is empty. */
export interface Credentials {
  username: string
  password: string
}

/** Credentials for the registry that images come from. */
export interface SourceCredentials extends Credentials {
  /** The only registry to send them to. */
  host: string
}
