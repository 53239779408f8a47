import type { Hono } from 'hono'
import { lastSegment, sameId } from '../../model/ids.js'
import type { Policy } from '../../world/governance.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'

/** Locks and policy assignments, which clients read, and the registration of resource providers. */
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

const policyBody = ({ id, name, scope }: Policy): Record<string, unknown> => ({
  properties: { displayName: name, scope, enforcementMode: 'Default' },
  id,
  type: 'Microsoft.Authorization/policyAssignments',
  name: lastSegment(id),
})
