import { randomUUID } from 'node:crypto'
import { sameId } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import { accessOf, type Registry } from '../../world/registries.js'
import type { World } from '../../world/world.js'
import { registryAudience } from '../tokens/access-tokens.js'
import { readBearer, type Caller } from '../tokens/bearer.js'
import { hasRights, canListRepositories, repositoryRights } from './rights.js'

/** The access in an access token. */
export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** A validated refresh or access token. Tokens for anonymous pull have no identity. */
export interface RegistryToken {
  readonly objectId: string | undefined
  readonly access: readonly Access[]
}

/**
 * A registry's own tokens: refresh tokens live for 3 hours, access tokens for 75 minutes (Azure/acr
 * `docs/AAD-OAuth.md`).
 */
export interface RegistryTokens {
  /** The caller of an Entra token, if the registry accepts it. */
  readEntra(registry: Registry, token: string): Promise<Caller | undefined>
  /** The caller for a client ID and secret (azure-docs `container-registry-auth-service-principal`). */
  readSecret(clientId: string, secret: string): string | undefined
  issueRefresh(registry: Registry, caller: Caller): Promise<string>
  /** Without an object ID for anonymous pull. Missing rights aren't an error: the token just lists fewer actions. */
  issueAccess(registry: Registry, objectId: string | undefined, scopes: readonly string[]): Promise<string>
  read(registry: Registry, token: string, grant: 'refresh_token' | 'access_token'): Promise<RegistryToken | undefined>
}

const issuer = 'Azure Container Registry'

/** Binds the tokens to a world. */
export function createRegistryTokens(world: World, key: SigningKey): RegistryTokens {
  const sign = (registry: Registry, lifeSeconds: number, claims: Record<string, unknown>): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    return key.sign({
      jti: randomUUID(),
      iss: issuer,
      aud: registry.loginServer,
      version: '1.0',
      nbf: now - 900,
      iat: now,
      exp: now + lifeSeconds,
      ...claims,
    })
  }
  const allowed = (registry: Registry, objectId: string | undefined, scope: string): Access | undefined => {
    const [, type, name, list] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? []
    if (type === undefined || name === undefined || list === undefined) return undefined
    const asked = list.split(',')
    if (type === 'registry') {
      const canList = objectId !== undefined && name === 'catalog' && canListRepositories(world, registry, objectId)
      return { type, name, actions: canList ? asked : [] }
    }
    const rights =
      objectId === undefined ? ['pull', 'metadata_read'] : repositoryRights(world, registry, objectId, name)
    return { type, name, actions: asked.includes('*') ? rights : asked.filter(action => rights.includes(action)) }
  }
  return {
    async readEntra(registry, token) {
      const { cloud } = world
      const audiences = [registryAudience, ...(accessOf(registry).acceptsArmAudience ? cloud.armAudiences : [])]
      // A client can't know in advance which tokens a registry accepts.
      const problem = (): void => undefined
      const caller = await readBearer(`Bearer ${token}`, { world, key, audiences, problem })
      if ('kind' in caller) return undefined
      const tenantId = world.findSubscription(registry.subscriptionId)?.tenantId ?? world.tenantId
      if (!sameId(caller.tenantId, tenantId)) return undefined
      return world.exchangeNeedsRights && !hasRights(world, registry, caller.objectId) ? undefined : caller
    },
    readSecret(clientId, secret) {
      const client = world.directory.findClient(clientId)
      return client?.secrets.includes(secret) === true ? client.objectId : undefined
    },
    issueRefresh: (registry, caller) =>
      sign(registry, 3 * 3600, {
        sub: caller.objectId,
        appid: caller.clientId,
        tenant: caller.tenantId,
        grant_type: 'refresh_token',
        permissions: { actions: ['read', 'write', 'delete'], notActions: null },
        roles: [],
      }),
    issueAccess: (registry, objectId, scopes) =>
      sign(registry, 75 * 60, {
        sub: objectId ?? '',
        grant_type: 'access_token',
        access: scopes.map(scope => allowed(registry, objectId, scope)).filter(access => access !== undefined),
        roles: [],
      }),
    async read(registry, token, grant) {
      try {
        const { payload } = await key.verify(token)
        if (payload.iss !== issuer || payload.aud !== registry.loginServer || payload.grant_type !== grant) {
          return undefined
        }
        const objectId = payload.sub === undefined || payload.sub === '' ? undefined : payload.sub
        return { objectId, access: (payload.access ?? []) as readonly Access[] }
      } catch {
        return undefined
      }
    },
  }
}
