import type { Hono } from 'hono'
import { randomUUID } from 'node:crypto'
import { repositoryRights } from '../registry/rights.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import { accessOf, isRegistry, registryType, type Registry } from '../../world/registries.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { readImportRequest, type ImportRequest } from './import-request.js'
import { accessDenied, pullSource, tooManyManifests } from './import-source.js'
import { findResource } from './resources.js'
import { signedQuery } from './signed-url.js'

interface Operation {
  readonly registry: Registry
  /** The tags being written. */
  readonly targets: readonly string[]
  isDone: boolean
  error: ArmError | undefined
  polls: number
  /** Signatures of all issued URLs. */
  readonly signatures: Set<string>
}

const action = `${registryType}/importImage/action`

/** Imports images: a long-running operation, polled through `Location` (recorded `acr_import_*`). */
export function importRoutes(app: Hono<ArmEnvironment>, arm: Arm, key: SigningKey): void {
  const { world } = arm
  const operations = new Map<string, Operation>()

  const locationOf = (c: ArmContext, name: string, operation: Operation): string => {
    const { registry } = operation
    const { protocol, host } = new URL(c.req.url)
    const region =
      world.imports.isRegional && !host.startsWith(registry.body.location) ? `${registry.body.location}.` : ''
    const query = signedQuery(c)
    operation.signatures.add(query.get('s') ?? '')
    const location = registry.body.location.toUpperCase()
    return `${protocol}//${region}${host}/subscriptions/${registry.subscriptionId}/providers/Microsoft.ContainerRegistry/locations/${location}/operationResults/${name}?${query.toString()}`
  }

  app.post(
    `/subscriptions/:subscription/resourceGroups/:group/providers/${registryType}/:name/importImage`,
    async c => {
      const { subscription, group, name } = c.req.param()
      const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${registryType}/${name}`
      arm.authorize(c, action, id)
      const registry = findResource(arm, c, registryType, subscription, group, name)
      if (!isRegistry(registry)) throw armErrors.resourceNotFound(registryType, name, group)
      arm.checkLocks(id, 'write')
      arm.checkPolicies(c, name, action, id)
      const request = readImportRequest(await c.req.json().catch(() => undefined))
      authorizeSource(arm, c, registry, request)

      const operation: Operation = {
        registry,
        targets: [...request.tags, ...request.untagged].map(targetName),
        isDone: false,
        error: undefined,
        polls: 0,
        signatures: new Set(),
      }
      const conflict = findConflict(registry, request)
      if (conflict !== undefined && world.imports.conflictAt === 'post') throw conflict
      const run = async (): Promise<void> => {
        try {
          if (conflict !== undefined) throw conflict
          await copy(arm, registry, request, key)
        } catch (error) {
          operation.error = error instanceof ArmError ? error : new ArmError(500, 'InternalServerError', String(error))
        }
        operation.isDone = true
      }
      if (world.timing.importMs > 0) world.timers.after(world.timing.importMs, () => void run())
      else await run()
      const operationName = `registries-${randomUUID()}`
      operations.set(operationName, operation)
      c.header('location', locationOf(c, operationName, operation))
      // Recorded in azure-cli's and azure-powershell's sessions since December 2023.
      c.header('retry-after', '10')
      return world.imports.firstAnswer === 'null' ? c.json(null, 202) : c.body(null, 202)
    },
  )

  app.get(
    '/subscriptions/:subscription/providers/Microsoft.ContainerRegistry/locations/:location/operationResults/:name',
    c => {
      const { name } = c.req.param()
      const operation = operations.get(name)
      if (operation === undefined) throw new ArmError(404, 'NotFound', `The operation ${name} was not found.`)
      if (!operation.signatures.has(c.req.query('s') ?? '')) {
        c.env.problem("the operation's URL was never issued")
        throw new ArmError(403, 'Forbidden', 'The signature of the URL is not valid.')
      }
      operation.polls += 1
      const { pollQuirk } = world.imports
      const isWaiting = !operation.isDone || (pollQuirk === 'in-progress-as-200' && operation.polls === 1)
      if (isWaiting) {
        c.header('location', locationOf(c, name, operation))
        if (pollQuirk === 'in-progress-as-200') return c.json({ status: 'InProgress' })
        if (pollQuirk === 'free-text') return c.json({ status: 'CopyingBlobs: 0/1 blobs completed' })
        if (pollQuirk === 'with-error') return c.json({ status: 'InProgress', error: passing })
        if (pollQuirk === 'empty') return c.body(null, 202)
        return c.json(
          { ...Object.fromEntries(operation.targets.map(target => [target, 'Pending'])), status: 'Accepted' },
          202,
        )
      }
      if (operation.error === undefined) {
        if (pollQuirk === 'empty') return c.body(null, 200)
        return c.json({ status: 'Succeeded', ...(pollQuirk === 'with-error' && { error: passing }) })
      }
      if (pollQuirk === 'failed-as-200') return c.json({ status: 'Failed', ...operation.error.body })
      throw operation.error
    },
  )
}

/** A problem that the service has overcome, or tries to. */
const passing = { code: 'ReconcileRetry', message: 'A first try failed.' }

/**
 * For a source given by resource ID, Azure Resource Manager itself checks that the caller has permission to read it.
 */
function authorizeSource(arm: Arm, c: ArmContext, target: Registry, request: ImportRequest): void {
  if (!('resourceId' in request.source)) return
  const { world } = arm
  const { resourceId } = request.source
  const caller = c.get('caller')
  const source = world.findResource(resourceId)
  const canPull =
    isRegistry(source) && repositoryRights(world, source, caller.objectId, request.image.repository).includes('pull')
  if (!canPull) {
    const needed = `${registryType}/${isRegistry(source) && accessOf(source).isAbac ? 'repositories/content/read' : 'pull/read'}`
    throw armErrors.linkedAuthorizationFailed(
      caller,
      { action, scope: target.id },
      { action: needed, scope: resourceId },
    )
  }
}

/**
 * Existing tags are refused whatever their digest; the text is from the import documentation, the status from public
 * issues.
 */
function findConflict(registry: Registry, { tags, mode }: ImportRequest): ArmError | undefined {
  if (mode === 'Force') return undefined
  const taken = tags.find(({ repository, tag }) => registry.images.find(repository, tag) !== undefined)
  if (taken === undefined) return undefined
  return new ArmError(409, 'Conflict', `Tag ${targetName(taken)} already exists in target registry.`)
}

const targetName = ({ repository, tag }: { repository: string; tag?: string }): string =>
  tag === undefined ? repository : `${repository}:${tag}`

/** Copies the current image of the source, including all images of an index. */
async function copy(arm: Arm, registry: Registry, request: ImportRequest, key: SigningKey): Promise<void> {
  const { isPublic, deniesByDefault, letsAzureServicesPass } = accessOf(registry)
  if ((!isPublic || deniesByDefault) && !letsAzureServicesPass) throw accessDenied(registry)
  const { store, manifest } = await pullSource(arm.world, request, key)
  if ((manifest.content.manifests?.length ?? 0) > 50) throw tooManyManifests()
  const from = { store, repository: request.image.repository, digest: manifest.digest }
  for (const { repository, tag } of request.tags) {
    if (registry.images.repositories.get(repository)?.locks.write.has('') === true)
      throw new Error(`an import to ${repository}, which is locked, is not simulated`)
    // With force, a tag that is locked against writes moves, and its lock stays: seen with az 2.90 on 2026-10-02, in
    // github.com/sathpal/regulated-k8s-reference, aks/04-build-sign-deploy.md, section 4.
    registry.images.copy(from, repository, tag)
  }
  for (const { repository } of request.untagged) registry.images.copy(from, repository)
}
