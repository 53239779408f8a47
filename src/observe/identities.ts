import { aksCommand, lastSegment, parseResourceId, type Target, unknowable } from 'azure'
import {
  findServicePrincipal,
  getResource,
  listSecretEnds,
  resources,
  type AzureContext,
  type Cluster,
} from 'azure-clients'
import { ActionError, briefly, attempt, dayMs, isGone, type Clock, type Result, waitFor } from 'kernel'
import type { Inputs, Run } from 'run-model'
import type { FoundResources } from './lists.js'
import { isOfOwnTenant } from './tenants.js'

/** How to wait for a kubelet identity. */
export interface Patience {
  clock: Clock
  /** Called before each pause with the name of the cluster, and for how long it has been waited for, in ms. */
  onIdentity: (name: string, elapsedMs: number) => void
}

/** The same, and the registries, which are looked up beside it: without one, a cluster that is being created only delays what is already known. */
export type Waiting = Patience & { beside: Promise<Pick<FoundResources<unknown>, 'lookups' | 'problems'>> }

/**
 * Reads a cluster that is being created again until it has a kubelet identity or `timeout` has passed. AKS makes the identity 36 to 69 s after the request
 * and the cluster in 3 to 35 minutes (recorded by azure-service-operator, azure-cli and azure-powershell, 2016–2026), so the role is there before the nodes.
 */
export async function awaitKubeletIdentity(
  azure: AzureContext,
  cluster: Cluster,
  { timeoutMs }: Pick<Inputs, 'timeoutMs'>,
  { clock, onIdentity, beside }: Waiting,
): Promise<Result<Cluster>> {
  const id = parseResourceId(cluster.id)
  if (!id || cluster.pullsWith.kind !== 'creating') return { value: cluster }
  const registries = await beside
  if (registries.problems.length > 0 || !registries.lookups.some(({ value }) => value)) return { value: cluster }
  const { name, serviceAccountPull } = cluster
  let seen: Result<Cluster> | undefined
  const look = async (): Promise<Result<Cluster> | undefined> => {
    seen = seen ? await attempt(getResource(azure, resources.cluster, id)) : { value: cluster }
    if (seen.error) return isGone(seen.error.code) || seen.error.kind === 'forbidden' ? seen : undefined
    return seen.value.pullsWith.kind === 'creating' ? undefined : seen
  }
  const startedAt = clock.now()
  const onPause = (): void => {
    onIdentity(name, clock.now() - startedAt)
  }
  const wait = { clock, signal: azure.signal, deadline: startedAt + timeoutMs, onPause }
  const { value, error } = (await waitFor(look, wait)) ?? seen ?? { value: cluster }
  return error ? { error } : { value: { ...value, name, ...(serviceAccountPull && { serviceAccountPull }) } }
}

/** Finds out what the nodes of a cluster pull with. */
export async function findPullIdentity(
  azure: AzureContext,
  cluster: Cluster,
  mode: Run['mode'],
): Promise<Result<Pick<Target, 'identity' | 'isMoving'>>> {
  const { pullsWith: by } = cluster
  if (by.kind === 'managed-identity') {
    const { objectId, clientId, resourceId } = by
    return { value: { identity: { objectId, clientId, name: lastSegment(resourceId), resourceId } } }
  }
  if (by.kind === 'service-principal' || (by.kind === 'moving' && by.clientId)) {
    const [found, secret] = await Promise.all([
      findClusterServicePrincipal(azure, cluster, by.clientId),
      mode === 'detach' ? undefined : attempt(readSecret(azure, cluster, by.clientId)),
    ])
    if (!found.error) {
      const identity = { ...found.value, ...(secret && { secret }) }
      return { value: { identity, ...(by.kind === 'moving' && { isMoving: true }) } }
    }
    if (by.kind === 'service-principal' || found.error.code !== 'IDENTITY_NOT_FOUND') return found
  }
  return { error: explainNone(cluster) }
}

/** Explains why it isn't known what the nodes of a cluster pull with, or that they pull with nothing. */
export function explainNone({ id, name, provisioningState, pullsWith: { kind } }: Cluster): ActionError {
  const state = `provisioning state: ${provisioningState || 'unknown'}`
  const early = 'To give access before a cluster exists, create its identity first and set kubelet-identity to it.'
  const isBroken = /^(failed|canceled)$/i.test(provisioningState)
  const reasons = {
    creating: [
      `${name} has no kubelet identity yet, because it is being created (${state})`,
      'Run the step again once the cluster is created; with mode: attach, it waits for the identity until timeout.',
      `${early} To wait until the cluster is created:`,
      aksCommand('wait', id, '--created'),
    ],
    moving: [
      `Can't tell what the nodes of ${name} pull with: it is being changed and has no kubelet identity yet (${state})`,
      'Run the step again after the move and before you upgrade the node pools.',
      'A cluster that moves from a service principal to managed identities has no kubelet identity until the move is done, and its nodes pull with the service principal until their node pools are upgraded. To wait for the move:',
      aksCommand('wait', id, '--updated'),
    ],
    none: [
      `${name} has no kubelet identity (${state})`,
      isBroken
        ? 'Create the cluster again: its creation stopped before it got a kubelet identity.'
        : 'Azure reports none for this cluster, although it is not being changed.',
      `${isBroken ? `If it has run before, its move to managed identities was interrupted: repeat that instead. ${early} ` : ''}Its current state:`,
      aksCommand('show', id, '--query "{state: provisioningState, identity: identityProfile}"'),
    ],
  } as const
  const why = kind === 'creating' || kind === 'moving' ? kind : 'none'
  const [said, short, text, command] = reasons[why]
  const details = { subject: name, resource: id, isUnknowable: why !== 'none', fix: briefly(short, text, command) }
  return new ActionError('NO_KUBELET_IDENTITY', said, details)
}

/** How long before its end, and after it, a secret needs attention, in milliseconds; with others, an older one is a forgotten one. */
const attentionMs = 30 * dayMs

/** Reads the secrets of the application that a cluster pulls with. @throws ActionError */
async function readSecret(
  azure: AzureContext,
  { id, name }: Cluster,
  clientId: string,
): Promise<NonNullable<Target['identity']['secret']>['value']> {
  const ends = await listSecretEnds(azure, clientId, name)
  if (!ends) {
    const failure = `The secrets of the application ${clientId}, with which ${name} pulls, could not be read`
    throw unknowable(failure, { id, name }, { who: name })
  }
  const now = azure.armTime()
  const haveAllEnded = ends.length > 0 && ends.every(end => end <= now)
  const near = ends.filter(end => Math.abs(end - now) <= attentionMs).sort((a, b) => a - b)
  const endsAt = haveAllEnded ? Math.max(...ends) : near[0]
  return endsAt === undefined ? undefined : { endsAt, hasEnded: endsAt <= now, haveAllEnded, count: ends.length }
}

/** Old clusters pull as an application. Role assignments need the object ID of its service principal, which only Microsoft Graph knows. */
async function findClusterServicePrincipal(
  azure: AzureContext,
  { name, id }: Cluster,
  clientId: string,
): Promise<Result<Target['identity']>> {
  const { value: objectId, error } = await attempt(findServicePrincipal(azure, clientId, name))
  if (error) return { error }
  const called = `service principal …${clientId.slice(-4)}`
  if (objectId) return { value: { objectId, clientId, name: called, isApplication: true } }
  const failure = `The service principal ${clientId}, which ${name} pulls with, could not be found`
  const identity = { clientId, isApplication: true } as const
  if (!(await isOfOwnTenant(azure, id))) return { error: unknowable(failure, { id, name }, { who: name }, identity) }
  const said = { what: failure, why: 'the tenant has no service principal of that application' }
  const advice = briefly(
    'Give the cluster a new service principal, or managed identities.',
    "Until then, it can't pull either. Its nodes use managed identities after an upgrade:",
    aksCommand('update', id, '--enable-managed-identity'),
  )
  return { error: new ActionError('IDENTITY_NOT_FOUND', said, { subject: name, resource: id, fix: advice }) }
}
