// Long-running AKS operations and the routes to poll them.
import type { Hono } from 'hono'
import { newGuid } from '../../model/ids.js'
import { bodyOf } from '../../world/own-update.js'
import type { Resource } from '../../world/resources.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError } from './errors.js'
import { signedQuery } from './signed-url.js'

interface Operation {
  readonly startTime: string
  endTime: string | undefined
}

export interface ClusterOperations {
  /**
   * Starts an operation that keeps the cluster in this state for `timing.clusterUpdateMs`. Returns the operation's
   * name.
   */
  begin(cluster: Resource, provisioningState: string, end?: (lateMs: number) => void): string
  /** Throws if another operation is running. */
  checkNone(cluster: Resource): void
  /** The URLs to poll; the second leads to the result, which has no content. */
  urls(c: ArmContext, cluster: Resource, name: string): { operation: string; result: string }
}

const settled: readonly unknown[] = ['Succeeded', 'Failed', 'Canceled']

/** Adds the routes to poll (recorded `aks_update_*` and `aks_abort_*`). */
export function clusterOperationRoutes(app: Hono<ArmEnvironment>, arm: Arm): ClusterOperations {
  const operations = new Map<string, Operation>()
  const place = '/subscriptions/:subscription/providers/Microsoft.ContainerService/locations/:location'
  const find = (name: string): Operation => {
    const operation = operations.get(name)
    if (operation === undefined) throw new ArmError(404, 'NotFound', `The operation ${name} was not found.`)
    return operation
  }

  app.get(`${place}/operations/:name`, c => {
    const { name } = c.req.param()
    const { startTime, endTime } = find(name)
    // Recorded in 2025: the name is the one in the URL; in 2022 and 2023 its first three groups were byte-swapped.
    return c.json(
      endTime === undefined
        ? { name, status: 'InProgress', startTime }
        : { name, status: 'Succeeded', startTime, endTime },
    )
  })
  app.get(`${place}/operationResults/:name`, c => {
    const { name } = c.req.param()
    const { endTime } = find(name)
    const url = new URL(c.req.url)
    url.search = pollQuery(c)
    c.header('location', url.href)
    // Recorded: it states the type although there is no body.
    c.header('content-type', 'application/json')
    return c.body(null, endTime === undefined ? 202 : 204)
  })

  return {
    begin({ body: { properties } }, provisioningState, end) {
      const name = newGuid()
      const operation: Operation = { startTime: timestamp(), endTime: undefined }
      operations.set(name, operation)
      const finish = (lateMs: number): void => {
        properties.provisioningState = 'Succeeded'
        operation.endTime = timestamp()
        end?.(lateMs)
      }
      if (arm.world.timing.clusterUpdateMs > 0) {
        properties.provisioningState = provisioningState
        arm.world.timers.after(arm.world.timing.clusterUpdateMs, finish)
      } else finish(0)
      return name
    },
    checkNone(cluster) {
      if (settled.includes(bodyOf(arm.world, cluster).properties.provisioningState)) return
      // Code and text: Azure/azure-cli-extensions PR 9855.
      throw new ArmError(
        409,
        'OperationNotAllowed',
        "Operation is not allowed because there's an in progress update managed cluster operation on the managed cluster. Please wait for it to finish before starting a new operation.",
      )
    },
    urls(c, { subscriptionId, body }, name) {
      const { origin } = new URL(c.req.url)
      const at = (kind: string): string =>
        `${origin}/subscriptions/${subscriptionId}/providers/Microsoft.ContainerService/locations/${body.location}/${kind}/${name}?${pollQuery(c)}`
      return { operation: at('operations'), result: at('operationresults') }
    },
  }
}

/** Signed as recorded in 2025. The api-version is an old one, whatever the request's is (recorded 2022 to 2025). */
function pollQuery(c: ArmContext): string {
  const query = signedQuery(c)
  query.set('api-version', '2016-03-30')
  return query.toString()
}

const timestamp = (): string => new Date().toISOString()
