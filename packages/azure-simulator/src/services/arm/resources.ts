import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { bodyOf } from '../../world/own-update.js'
import type { Resource, ResourceBody } from '../../world/resources.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

/**
 * GET of one resource, and lists per resource group and subscription, for one resource type.
 * @param shape the body of a resource in the request's api-version; the whole body by default
 */
export function resourceRoutes(
  app: Hono<ArmEnvironment>,
  arm: Arm,
  type: string,
  shape: (body: ResourceBody, c: ArmContext) => unknown = body => body,
): void {
  const action = `${type}/read`
  const ofType = (subscriptionId: string): Resource[] =>
    arm.world.resources.filter(resource => sameId(resource.subscriptionId, subscriptionId) && resource.type === type)

  app.get(`/subscriptions/:subscription/providers/${type}`, c => {
    const { subscription } = c.req.param()
    const { id, subscriptionId } = arm.subscription(c, subscription, [action, `/subscriptions/${subscription}`])
    return c.json(
      arm.page(
        c,
        readableOf(arm, c, action, id, ofType(subscriptionId)).map(body => shape(body, c)),
      ),
    )
  })
  app.get(`/subscriptions/:subscription/resourceGroups/:group/providers/${type}`, c => {
    const { subscription, group } = c.req.param()
    const scope = `/subscriptions/${subscription}/resourceGroups/${group}`
    const members = ofType(subscription).filter(resource => sameId(resource.resourceGroup, group))
    const listed = readableOf(arm, c, action, scope, members).map(body => shape(body, c))
    arm.resourceGroup(c, subscription, group)
    return c.json(arm.page(c, listed))
  })
  app.get(`/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`, c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, action, id)
    return c.json(shape(bodyOf(arm.world, findResource(arm, c, type, subscription, group, name)), c))
  })
}

/** The resource, or ARM's 404 for the group or for the resource. */
export function findResource(
  arm: Arm,
  c: ArmContext,
  type: string,
  subscription: string,
  group: string,
  name: string,
): Resource {
  arm.resourceGroup(c, subscription, group)
  const resource = arm.world.findResource(
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`,
  )
  if (resource === undefined) throw armErrors.resourceNotFound(type, name, group)
  return resource
}

/**
 * A caller without the right at the list's scope still gets what it has permission to read below, and is refused if
 * that is nothing.
 */
function readableOf(
  arm: Arm,
  c: ArmContext,
  action: string,
  scope: string,
  resources: readonly Resource[],
): ResourceBody[] {
  const readable = arm.allows(c, action, scope)
    ? resources
    : resources.filter(resource => arm.allows(c, action, resource.id))
  if (readable.length === 0) arm.authorize(c, action, scope)
  return readable.map(resource => bodyOf(arm.world, resource))
}
