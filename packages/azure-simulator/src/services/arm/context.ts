import type { Context } from 'hono'
import type { Exchange } from '../../model/exchange.js'
import { sameId } from '../../model/ids.js'
import { holds, type Lock } from '../../world/governance.js'
import { judge, seesSubscription, type PermissionRequest } from '../../world/permissions.js'
import type { ResourceBody } from '../../world/resources.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import { takesTokensOf, type ResourceGroup, type Subscription } from '../../world/subscriptions.js'
import type { World } from '../../world/world.js'
import type { Caller } from '../tokens/bearer.js'
import { ArmError, armErrors } from './errors.js'

export interface ArmEnvironment {
  Bindings: Exchange
  Variables: { caller: Caller }
}

export type ArmContext = Context<ArmEnvironment>

/** Helpers shared by the routes of Azure Resource Manager. */
export interface Arm {
  readonly world: World
  /**
   * Throws unless the caller has permission for `action` at `scope`; `asScope` is the scope in the error. Azure answers
   * 403 before it checks that a resource exists, and hides subscriptions in which the caller has no role.
   */
  authorize(
    c: ArmContext,
    action: string,
    scope: string,
    options?: { asScope?: string; attributes?: PermissionRequest['attributes'] },
  ): void
  /** Throws if a lock at or above the resource forbids the operation; for extension resources the scope counts. */
  checkLocks(id: string, operation: 'write' | 'delete', scope?: string): void
  /** Throws if a lock at, above or below a resource group forbids deleting it. */
  checkLocksWithin(id: string): void
  /**
   * Throws if an Azure Policy at or above the scope denies the resource in the request. A PATCH is merged with the
   * existing resource first.
   */
  checkPolicies(c: ArmContext, name: string, type: string, scope: string): void
  allows(c: ArmContext, action: string, scope: string): boolean
  /** Throws unless the caller has a role there; `asked` is the action and its scope, for the error. */
  subscription(c: ArmContext, subscriptionId: string, asked?: [action: string, scope: string]): Subscription
  resourceGroup(c: ArmContext, subscriptionId: string, name: string): ResourceGroup
  /** One page of a list, with `nextLink` if there is more. */
  page(c: ArmContext, items: readonly unknown[]): { value: unknown[]; nextLink?: string }
}

/** Binds the helpers to a world. */
export function createArm(world: World): Arm {
  const allows = (c: ArmContext, action: string, scope: string): boolean =>
    judge(world, { principalId: c.get('caller').objectId, action, scope }) === 'allowed'

  const subscription: Arm['subscription'] = (c, subscriptionId, asked = readSubscription(subscriptionId)) => {
    const found = world.findSubscription(subscriptionId)
    if (found === undefined) throw armErrors.subscriptionNotFound(subscriptionId)
    const caller = c.get('caller')
    if (!takesTokensOf(found, caller.tenantId)) throw wrongTenant(world, caller.tenantId, found.tenantId)
    if (!seesSubscription(world, caller.objectId, subscriptionId)) throw armErrors.authorizationFailed(caller, ...asked)
    return found
  }

  return {
    world,
    subscription,
    authorize(c, action, scope, { asScope = scope, attributes } = {}) {
      const subscriptionId = subscriptionIdOf(scope)
      if (subscriptionId !== undefined) subscription(c, subscriptionId, [action, asScope])
      const caller = c.get('caller')
      const verdict = judge(world, {
        principalId: caller.objectId,
        action,
        scope,
        ...(attributes === undefined ? {} : { attributes }),
      })
      if (verdict === 'none') throw armErrors.authorizationFailed(caller, action, asScope)
      if (verdict === 'condition') throw armErrors.conditionNotFulfilled(caller, action, asScope)
      if (verdict !== 'allowed') throw armErrors.denied(caller, action, asScope, verdict)
    },
    allows,
    checkLocks(id, operation, scope = id) {
      const above = world.ancestors(scope)
      throwIfLocked(
        id,
        operation,
        world.locks.filter(
          lock => above.includes(lock.scope.toLowerCase()) && (operation === 'delete' || lock.level === 'ReadOnly'),
        ),
      )
    },
    checkLocksWithin(id) {
      const above = world.ancestors(id)
      throwIfLocked(
        id,
        'delete',
        world.locks.filter(
          ({ scope }) => above.includes(scope.toLowerCase()) || world.ancestors(scope).includes(id.toLowerCase()),
        ),
      )
    },
    checkPolicies(c, name, type, scope) {
      const body = c.req.method === 'PATCH' ? merged(world.findResource(scope)?.body, c) : c.env.record.requestBody
      const above = world.ancestors(scope)
      const denying = world.policies.filter(
        policy =>
          policy.type === type &&
          above.includes(policy.scope.toLowerCase()) &&
          (policy.when === undefined || holds(policy.when, type, body)),
      )
      if (denying.length > 0) throw armErrors.disallowedByPolicy(name, denying)
    },
    resourceGroup(c, subscriptionId, name) {
      const found = subscription(c, subscriptionId).groups.find(group => sameId(group.name, name))
      if (found === undefined) throw armErrors.resourceGroupNotFound(name)
      return found
    },
    page(c, items) {
      const url = new URL(c.req.url)
      const start = Number(c.req.query('$skiptoken') ?? 0)
      const end = start + world.pageSize
      const value = items.slice(start, end)
      if (end >= items.length) return { value }
      url.searchParams.set('$skiptoken', String(end))
      return { value, nextLink: url.href }
    },
  }
}

const readSubscription = (subscriptionId: string): [action: string, scope: string] => [
  'Microsoft.Resources/subscriptions/read',
  `/subscriptions/${subscriptionId}`,
]

function throwIfLocked(id: string, operation: 'write' | 'delete', blocking: readonly Lock[]): void {
  if (blocking.length === 0) return
  throw armErrors.scopeLocked(
    id,
    operation,
    blocking.map(({ scope }) => scope),
  )
}

/** The resource after a PATCH, which merges properties. */
function merged(present: ResourceBody | undefined, c: ArmContext): unknown {
  const change = (c.env.record.requestBody ?? {}) as Partial<ResourceBody>
  return { ...present, ...change, properties: { ...present?.properties, ...change.properties } }
}

/** Text: public issues. */
function wrongTenant(world: World, given: string, expected: string): ArmError {
  const issuer = (tenant: string): string => `https://${world.cloud.tokenIssuerHost}/${tenant}/`
  const uri = `https://${world.cloud.loginHosts[0]}/${expected}`
  return new ArmError(
    401,
    'InvalidAuthenticationTokenTenant',
    `The access token is from the wrong issuer '${issuer(given)}'. It must match the tenant '${issuer(expected)}' associated with this subscription. Please use the authority (URL) '${uri}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
    {
      'www-authenticate': `Bearer authorization_uri="${uri}", error="invalid_token", error_description="The access token is from the wrong issuer."`,
      'x-ms-failure-cause': 'gateway',
    },
  )
}
