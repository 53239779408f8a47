import { Hono } from 'hono'
import type { Cloud } from '../../model/clouds.js'
import type { ClusterMachine } from '../../model/cluster-machine.js'
import { versionsOf } from '../../model/api-versions.js'
import { newGuid } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { World } from '../../world/world.js'
import { notingUnread } from '../unread.js'
import { authenticate } from './caller.js'
import { checkNameRoutes } from './check-name.js'
import { clusterUpdateRoutes } from './cluster-update.js'
import { clusterRoutes } from './clusters.js'
import { denyAssignmentRoutes } from './deny-assignments.js'
import { governanceRoutes } from './governance.js'
import { createArm, type ArmContext, type ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { identityRoutes } from './identities.js'
import { cloudMetadata } from './metadata.js'
import { routePath } from './path.js'
import { importRoutes } from './import-image.js'
import { networkRoutes } from './network.js'
import { registryRoutes } from './registries.js'
import { resourceGroupRoutes } from './resource-groups.js'
import { resourceGraphRoutes } from './resource-graph.js'
import { roleAssignmentRoutes } from './role-assignments.js'
import { roleDefinitionRoutes } from './role-definitions.js'
import { runCommandRoutes } from './run-command.js'
import { subscriptionRoutes } from './subscriptions.js'
import { createThrottle, kindOf } from './throttling.js'

/** Azure Resource Manager of one cloud, with the providers of the world's resources. */
export function createArmApp(
  world: World,
  cloud: Cloud,
  key: SigningKey,
  machine: ClusterMachine,
): Hono<ArmEnvironment> {
  const app = new Hono<ArmEnvironment>({ getPath: request => routePath(request.url) })
  const arm = createArm(world)
  const throttle = createThrottle(world)

  app.use(async (c, next) => {
    await next()
    addHeaders(c)
  })
  app.use(notingUnread<ArmEnvironment>({ parameters: ignoredParameters }))
  app.use(async (c, next) => {
    const version = c.req.query('api-version')
    if (version === undefined || version === '') {
      c.env.problem('api-version is missing')
      throw armErrors.missingApiVersion()
    }
    if (!/^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/i.test(version)) {
      c.env.problem(`'${version}' is not an api-version`)
      throw armErrors.invalidApiVersion(version, versionsOf('')?.versions ?? [])
    }
    checkVersion(c, version)
    await next()
  })
  app.get('/metadata/endpoints', c => c.json(cloudMetadata(cloud, c.req.query('api-version') ?? '')))
  app.use(async (c, next) => {
    const caller = await authenticate(c.req.header('authorization'), {
      world,
      cloud,
      key,
      problem: text => {
        c.env.problem(text)
      },
    })
    c.set('caller', caller)
    c.env.record.caller = caller.displayName
    throttle(c)
    await next()
  })

  subscriptionRoutes(app, arm)
  resourceGroupRoutes(app, arm)
  roleDefinitionRoutes(app, arm)
  roleAssignmentRoutes(app, arm)
  clusterUpdateRoutes(app, arm)
  clusterRoutes(app, arm, machine)
  runCommandRoutes(app, arm, machine)
  registryRoutes(app, arm)
  networkRoutes(app, arm)
  checkNameRoutes(app, arm)
  importRoutes(app, arm, key)
  identityRoutes(app, arm)
  denyAssignmentRoutes(app, arm)
  governanceRoutes(app, arm)
  resourceGraphRoutes(app, arm)

  app.notFound(c => {
    c.env.problem('no such route')
    const namespace = /\/providers\/([^/]+)(?!.*\/providers\/)/i.exec(c.req.path)?.[1] ?? 'Microsoft.Resources'
    const error = armErrors.invalidResourceType(namespace, c.req.query('api-version') ?? '')
    return c.json(error.body, error.status, { ...error.headers })
  })
  app.onError((error, c) => {
    if (!(error instanceof ArmError)) throw error
    return c.json(error.body, error.status, { ...error.headers })
  })
  return app
}

/**
 * Ignored: `az role assignment list` sends it for subscriptions of other tenants, and there is only one tenant here.
 */
const ignoredParameters = ['tenantid']

/** Rejects api-versions that the resource type or the simulator doesn't support. */
function checkVersion(c: ArmContext, version: string): void {
  const path = decodeURI(new URL(c.req.url).pathname)
  const known = versionsOf(path)
  if (known === undefined || known.versions.includes(version)) return
  const { type, versions } = known
  c.env.problem(`api-version ${version} of ${type || path} is not simulated`)
  throw type === '' ? armErrors.invalidApiVersion(version, versions) : armErrors.noSuchVersion(type, version, versions)
}

/** Remaining calls of a principal that has made few, by kind of call, on an ordinary subscription (recorded in 2025 and 2026). */
const remaining = {
  reads: { 'x-ms-ratelimit-remaining-subscription-global-reads': '3749' },
  writes: {
    'x-ms-ratelimit-remaining-subscription-writes': '199',
    'x-ms-ratelimit-remaining-subscription-global-writes': '2999',
  },
  deletes: {
    'x-ms-ratelimit-remaining-subscription-deletes': '199',
    'x-ms-ratelimit-remaining-subscription-global-deletes': '2999',
  },
} as const

function addHeaders(c: ArmContext): void {
  const requestId = newGuid()
  const correlationId = c.req.header('x-ms-correlation-request-id') ?? requestId
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  const headers: Record<string, string> = {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': correlationId,
    'x-ms-routing-request-id': `WESTEUROPE:${stamp}:${requestId}`,
    ...remaining[kindOf(c.req.method)],
  }
  const clientRequestId = c.req.header('x-ms-client-request-id')
  if (clientRequestId !== undefined && c.req.header('x-ms-return-client-request-id') === 'true') {
    headers['x-ms-client-request-id'] = clientRequestId
  }
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  // Only AKS answers without a charset (recorded).
  const isCluster = c.res.ok && c.req.path.includes('Microsoft.ContainerService')
  if (c.res.headers.get('content-type') === 'application/json' && !isCluster)
    c.header('content-type', 'application/json; charset=utf-8')
}
