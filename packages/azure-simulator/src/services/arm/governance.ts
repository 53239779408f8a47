import type { Hono } from 'hono'
import { lastSegment, sameId } from '../../model/ids.js'
import type { Policy } from '../../world/governance.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'

/** Locks, policy definitions and their assignments, and the registration of resource providers. */
export function governanceRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm

  // "At, above or below" the scope if there is no filter (Get-AzResourceLock, `-AtScope`).
  app.get(`${extensionRoute}/locks`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/locks/read', scope)
    const filter = c.req.query('$filter') ?? ''
    if (filter !== '') c.env.problem(`$filter=${filter} of locks is not simulated`)
    const above = world.ancestors(scope)
    const listed = world.locks.filter(
      lock => above.includes(lock.scope.toLowerCase()) || world.ancestors(lock.scope).includes(scope.toLowerCase()),
    )
    return c.json(
      arm.page(
        c,
        listed.map(({ id, level }) => ({
          properties: { level },
          id,
          type: 'Microsoft.Authorization/locks',
          name: lastSegment(id),
        })),
      ),
    )
  })
  app.put(`${extensionRoute}/locks/:name`, async c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/locks/write', scope)
    checkExists(scope)
    const { name } = c.req.param()
    const { properties } = (await c.req.json().catch(() => ({}))) as { properties?: { level?: string } }
    const level = properties?.level
    if (level !== 'ReadOnly' && level !== 'CanNotDelete')
      throw armErrors.invalidRequestContent('The request content was invalid: the level of the lock is required.')
    const isNew = removeFrom(world.locks, scope, name) === undefined
    const { id } = world.addLock({ scope, level, name })
    return c.json({ properties: { level }, id, type: 'Microsoft.Authorization/locks', name }, isNew ? 201 : 200)
  })
  app.delete(`${extensionRoute}/locks/:name`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/locks/delete', scope)
    return c.body(null, removeFrom(world.locks, scope, c.req.param('name')) ? 200 : 204)
  })

  const definitionOf = (c: ArmContext, action: string): { id: string; name: string } => {
    const scope = scopeOf(c.req.url)
    const name = c.req.param('name') ?? ''
    arm.authorize(c, `Microsoft.Authorization/policyDefinitions/${action}`, scope)
    return { id: `${scope}/providers/Microsoft.Authorization/policyDefinitions/${name}`, name }
  }
  app.put(`${extensionRoute}/policyDefinitions/:name`, async c => {
    const { id, name } = definitionOf(c, 'write')
    const { properties } = (await c.req.json().catch(() => ({}))) as {
      properties?: { mode?: string; policyRule?: unknown }
    }
    const { if: condition, then } = (properties?.policyRule ?? {}) as {
      if?: { field?: string; equals?: string }
      then?: { effect?: string }
    }
    const type = condition?.field === 'type' && then?.effect === 'deny' ? condition.equals : undefined
    if (type === undefined) c.env.problem('a policy that denies anything but a type is not simulated')
    world.policyDefinitions.push({ id, type: type ?? '' })
    const { mode = 'Indexed', policyRule } = properties ?? {}
    const body = { policyType: 'Custom', mode, policyRule }
    return c.json({ properties: body, id, type: 'Microsoft.Authorization/policyDefinitions', name }, 201)
  })
  app.delete(`${extensionRoute}/policyDefinitions/:name`, c => {
    const { id } = definitionOf(c, 'delete')
    const at = world.policyDefinitions.findIndex(definition => sameId(definition.id, id))
    if (at === -1) return c.body(null, 204)
    world.policyDefinitions.splice(at, 1)
    return c.body(null, 200)
  })

  app.put(`${extensionRoute}/policyAssignments/:name`, async c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/policyAssignments/write', scope)
    checkExists(scope)
    const { properties } = (await c.req.json().catch(() => ({}))) as {
      properties?: { policyDefinitionId?: string; scope?: string; enforcementMode?: string; displayName?: string }
    }
    const { policyDefinitionId = '', displayName, enforcementMode = 'Default' } = properties ?? {}
    if (!sameId(properties?.scope ?? scope, scope) || enforcementMode !== 'Default')
      c.env.problem('another scope, or a policy that is not enforced, is not simulated')
    const definition = world.policyDefinitions.find(each => sameId(each.id, policyDefinitionId))
    if (definition === undefined)
      throw new ArmError(
        404,
        'PolicyDefinitionNotFound',
        `The policy definition '${policyDefinitionId}' could not be found.`,
      )
    const { name } = c.req.param()
    removeFrom(world.policies, scope, name)
    return c.json(
      policyBody(world.addPolicy({ id: name, name: displayName ?? name, scope, type: definition.type })),
      201,
    )
  })
  app.delete(`${extensionRoute}/policyAssignments/:name`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/policyAssignments/delete', scope)
    const removed = removeFrom(world.policies, scope, c.req.param('name'))
    return removed ? c.json(policyBody(removed)) : c.body(null, 204)
  })
  // Assignments that apply to the scope, including inherited ones, and those below it (specification of the list
  // without a filter).
  app.get(`${extensionRoute}/policyAssignments`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/policyAssignments/read', scope)
    const filter = c.req.query('$filter') ?? ''
    if (filter !== '') c.env.problem(`$filter=${filter} of policy assignments is not simulated`)
    const above = world.ancestors(scope)
    const listed = world.policies.filter(
      policy =>
        above.includes(policy.scope.toLowerCase()) || world.ancestors(policy.scope).includes(scope.toLowerCase()),
    )
    return c.json(arm.page(c, listed.map(policyBody)))
  })
  app.get(`${extensionRoute}/policyAssignments/:name`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, 'Microsoft.Authorization/policyAssignments/read', scope)
    const { name } = c.req.param()
    const found = world.policies.find(policy => sameId(lastSegment(policy.id), name) && sameId(policy.scope, scope))
    if (found === undefined)
      throw new ArmError(404, 'PolicyAssignmentNotFound', `The policy assignment '${name}' is not found.`)
    return c.json(policyBody(found))
  })

  /** Throws unless there is something at a scope in a resource group. */
  function checkExists(scope: string): void {
    const [, , subscription = '', , group, , namespace = '', kind = '', name = ''] = scope.split('/')
    if (group === undefined) return
    if (!world.findSubscription(subscription)?.groups.some(each => sameId(each.name, group)))
      throw armErrors.resourceGroupNotFound(group)
    if (name !== '' && world.findResource(scope) === undefined)
      throw armErrors.resourceNotFound(`${namespace}/${kind}`, name, group)
  }

  const provider = '/subscriptions/:subscription/providers/:namespace'
  const describe = (subscription: string, namespace: string): Record<string, unknown> => ({
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: [],
    registrationState: world.unregisteredProviders.has(namespace) ? 'NotRegistered' : 'Registered',
  })
  app.get(provider, c => {
    const { subscription, namespace } = c.req.param()
    arm.subscription(c, subscription)
    return c.json(describe(subscription, namespace))
  })
  app.post(`${provider}/register`, c => {
    const { subscription, namespace } = c.req.param()
    arm.authorize(c, `${namespace}/register/action`, `/subscriptions/${subscription}`)
    world.unregisteredProviders.delete(namespace)
    return c.json(describe(subscription, namespace))
  })
}

function removeFrom<T extends { id: string; scope: string }>(
  list: readonly T[],
  scope: string,
  name: string,
): T | undefined {
  const at = list.findIndex(each => sameId(each.scope, scope) && sameId(lastSegment(each.id), name))
  return at === -1 ? undefined : (list as T[]).splice(at, 1)[0]
}

const policyBody = ({ id, name, scope }: Policy): Record<string, unknown> => ({
  properties: { displayName: name, scope, enforcementMode: 'Default' },
  id,
  type: 'Microsoft.Authorization/policyAssignments',
  name: lastSegment(id),
})
