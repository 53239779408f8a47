import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { parseQuery, QueryError, type Query } from './kql.js'
import { seesSubscription } from '../../world/permissions.js'
import { takesTokensOf, type Subscription } from '../../world/subscriptions.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError } from './errors.js'
import { rowsOf } from './resource-graph-tables.js'

interface QueryRequest {
  readonly query: string
  readonly subscriptions: readonly string[] | undefined
  readonly top: number
  readonly skip: number
  readonly scopeFilter: string
}

/** Azure Resource Graph (spec 2022-10-01). An index that lags, and one that refuses, are entries over it. */
export function resourceGraphRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  /** The subscriptions to search: those in the request, or all that the caller can see. */
  const searchedSubscriptions = (c: ArmContext, ids: readonly string[] | undefined): Subscription[] => {
    const { objectId, tenantId } = c.get('caller')
    const visible = world.subscriptions.filter(
      subscription =>
        takesTokensOf(subscription, tenantId) && seesSubscription(world, objectId, subscription.subscriptionId),
    )
    const found =
      ids === undefined ? visible : visible.filter(({ subscriptionId }) => ids.some(id => sameId(id, subscriptionId)))
    if (found.length > 0) return found
    // The status and code for an empty set of subscriptions aren't documented.
    throw ids === undefined
      ? new ArmError(
          400,
          'NoValidSubscriptionsInQueryRequest',
          'There must be at least one subscription that is eligible to contain resources.',
        )
      : new ArmError(
          403,
          'AccessDenied',
          'Access is denied to the requested resource. The user might not have enough permission.',
        )
  }

  app.post('/providers/Microsoft.ResourceGraph/resources', async c => {
    const request = readRequest(c, await c.req.json().catch(() => undefined))
    const query = parse(c, request.query)
    const subscriptions = searchedSubscriptions(c, request.subscriptions)
    const rows = rowsOf(arm, c, query.table, subscriptions, request.scopeFilter)
    if (rows === undefined) throw invalidQuery(`'${query.table}' is not a table.`)
    const found = query.run(rows)
    const page = found.slice(request.skip, request.skip + request.top)
    const end = request.skip + page.length
    const isTruncated = end < found.length
    // Resource Graph can't page without an id in the rows (azure-docs "work with data").
    const canPage = page.every(row => 'id' in row)
    return c.json({
      totalRecords: found.length,
      count: page.length,
      data: page,
      facets: [],
      resultTruncated: isTruncated && !canPage ? 'true' : 'false',
      ...(isTruncated && canPage ? { $skipToken: skipToken(end) } : {}),
    })
  })
}

const invalidQuery = (message: string): ArmError =>
  new ArmError(
    400,
    'BadRequest',
    `Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying. ${message}`,
  )

const skipToken = (skip: number): string => Buffer.from(JSON.stringify({ skip })).toString('base64')

function parse(c: ArmContext, text: string): Query {
  try {
    return parseQuery(text)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    c.env.problem(`the query is invalid or not simulated: ${error.message}`)
    throw invalidQuery(error.message)
  }
}

function readRequest(c: ArmContext, body: unknown): QueryRequest {
  const { query, subscriptions, managementGroups, options } = (body ?? {}) as {
    query?: unknown
    subscriptions?: string[]
    managementGroups?: string[]
    options?: {
      $top?: number
      $skip?: number
      $skipToken?: string
      resultFormat?: string
      authorizationScopeFilter?: string
    }
  }
  if (typeof query !== 'string' || query === '') throw invalidQuery('The query is missing.')
  if (managementGroups !== undefined) c.env.problem('queries of management groups are not simulated')
  if (options?.resultFormat?.toLowerCase() === 'table') c.env.problem('the table format is not simulated')
  const top = options?.$top ?? 100
  if (top < 1 || top > 1000) throw new ArmError(400, 'BadRequest', 'The value of $top must be between 1 and 1000.')
  return {
    query,
    subscriptions,
    top,
    skip: options?.$skipToken === undefined ? (options?.$skip ?? 0) : readSkipToken(options.$skipToken),
    scopeFilter: options?.authorizationScopeFilter ?? 'AtScopeAndBelow',
  }
}

function readSkipToken(token: string): number {
  try {
    return (JSON.parse(Buffer.from(token, 'base64').toString()) as { skip: number }).skip
  } catch {
    throw new ArmError(400, 'BadRequest', 'The $skipToken is invalid.')
  }
}
