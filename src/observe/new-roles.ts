import { option, az, describeCaller, formatResourceId, subscriptionOf } from 'azure'
import { justAssigned, seesNothing, type AzureContext } from 'azure-clients'
import { choices, fix, isAbort, partsOf, type ActionError } from 'kernel'
import type { Inputs, Observed } from 'run-model'
import type { Patience } from './identities.js'
import { misnamed } from './named-resources.js'
import { observe } from './observe.js'
import { noSubscription } from './registry-search.js'

/**
 * How long roles that were just assigned are waited for, in milliseconds. They take up to ten minutes
 * (learn.microsoft.com/azure/role-based-access-control/troubleshooting), but most work sooner, and waiting for roles that nobody assigned costs time.
 */
const maxWaitMs = 120_000

const pauseMs = 10_000

interface Options extends Patience {
  /** Called before each pause while the identity sees no subscription. @param limitMs how long the whole wait may take */
  onRoles: (elapsedMs: number, limitMs: number) => void
}

/**
 * Observes Azure, and again while it refuses something that new roles of the signed-in identity may allow, as the roles of one set-up arrive one by one. If
 * Azure lists no subscription for the identity, none of its roles can be read: then it waits for at most two minutes, or the timeout.
 * @throws AbortError when the job is cancelled
 */
export async function observeWithNewRoles(
  azure: AzureContext,
  inputs: Inputs,
  { onRoles, ...patience }: Options,
): Promise<Observed> {
  const observed = await observe(azure, inputs, patience)
  if (!readingsOf(observed).every(({ error }) => error && isRefused(error)) || !(await seesNothing(azure)))
    return awaitRoles(azure, inputs, observed, patience)
  const { clock } = patience
  const startedAt = clock.now()
  const limitMs = Math.min(maxWaitMs, inputs.timeoutMs)
  for (;;) {
    const elapsedMs = clock.now() - startedAt
    onRoles(elapsedMs, limitMs)
    await clock.sleep(Math.min(pauseMs, limitMs - elapsedMs), azure.signal)
    // One request while nothing can be seen. At the end everything is read, in case the list is later than the roles.
    const seesNone = await seesNothing(azure, { isStale: true })
    const isOver = clock.now() - startedAt >= limitMs
    if (seesNone && !isOver) continue
    const now = await observe(azure, inputs, patience)
    if (!seesNone) return awaitRoles(azure, inputs, now, patience)
    return readingsOf(now).some(({ error }) => error && mayBeUnseen(error)) ? withNewRoles(azure, now) : now
  }
}

/** Observes again while a new role may end a refusal, for at most the timeout. */
async function awaitRoles(azure: AzureContext, inputs: Inputs, first: Observed, patience: Patience): Promise<Observed> {
  const { newRoles } = azure
  let observed = first
  let isFirst = true
  let refusal: ActionError | undefined
  const look = async (): Promise<void> => {
    refusal = undefined
    if (!isFirst) observed = await observe(azure, inputs, patience)
    isFirst = false
    newRoles.lookAlsoAt(listIds(observed, inputs))
    const refusals = readingsOf(observed).flatMap(({ error }) => (error && mayBeUnseen(error) ? error : []))
    const found = await Promise.all(refusals.map(each => newRoles.find(each)))
    refusal = refusals.find((_, index) => found[index])
    if (refusal) throw refusal
  }
  try {
    await newRoles.patiently(look)
    return observed
  } catch (error) {
    if (!refusal || isAbort(error)) throw error
    return changeReadings(observed, async each => (mayBeUnseen(each) ? newRoles.explain(each) : each))
  }
}

/** The IDs of all resources that the step names or has found. */
function listIds({ targets, registries }: Observed, inputs: Inputs): string[] {
  const named = [...inputs.clusters, ...inputs.kubeletIdentities, ...inputs.registries]
  return [
    ...named.flatMap(each => (each.kind === 'id' ? formatResourceId(each.id) : [])),
    ...targets.flatMap(({ value }) => value?.id ?? []),
    ...registries.flatMap(({ value, found }) => value?.registry.id ?? found?.id ?? []),
  ]
}

/** Changes the errors of everything that could not be read. */
async function changeReadings(
  observed: Observed,
  change: (error: ActionError) => Promise<ActionError>,
): Promise<Observed> {
  const changeAll = <T extends { error?: ActionError | undefined }>(readings: readonly T[]): Promise<T[]> =>
    Promise.all(
      readings.map(async reading => (reading.error ? { ...reading, error: await change(reading.error) } : reading)),
    )
  const [targets, registries, lost] = await Promise.all([
    changeAll(observed.targets),
    changeAll(observed.registries),
    changeAll(observed.lost),
  ])
  return { ...observed, targets, registries, lost }
}

/** Everything that was read, or why it was not. A role may begin to work between two requests. */
function readingsOf({ targets, registries, lost }: Observed): { error?: ActionError | undefined }[] {
  return [...targets, ...registries, ...lost]
}

/** Whether an error can mean that the identity sees nothing. */
function isRefused({ code, detail }: ActionError): boolean {
  return code === 'AUTHORIZATION_FAILED' || detail === noSubscription
}

/** Whether a resource may only be hidden: lists omit what the identity has no role for. Azure's own "not found" is certain. */
export function mayBeUnseen(error: ActionError): boolean {
  if (error.detail === misnamed) return false
  return isRefused(error) || (error.azure === undefined && /^(?:CLUSTER|REGISTRY)_NOT_FOUND$/.test(error.code))
}

/** Marks errors whose fix begins with the time that new roles take. */
export const awaited = 'awaited'

/** Says first that new roles take their time, in every error that they may explain. */
function withNewRoles(azure: AzureContext, observed: Observed): Promise<Observed> {
  return changeReadings(observed, error => Promise.resolve(mayBeUnseen(error) ? explainRefusal(azure, error) : error))
}

function explainRefusal({ clients: { caller } }: AzureContext, error: ActionError): ActionError {
  const { resource = '' } = error
  const subscriptionId = subscriptionOf(resource)
  const reason = `new roles take up to ten minutes to work, and Azure lists no subscription for ${describeCaller(caller)} yet`
  const canList = caller.objectId !== '' && subscriptionId !== ''
  const listed = az`role assignment list --all --assignee ${caller.objectId} ${option('--subscription', subscriptionId)}
    --query "[].{role:roleDefinitionName, scope:scope}" --output table`
  const wait =
    'New roles take up to ten minutes to work. If the signed-in identity got its roles less than ten minutes ago, wait and re-run the job.'
  const advice = choices(
    canList ? fix(`${wait} Its roles, which include those that do not work yet:`, listed) : fix(wait),
    ...partsOf(error.fix).map(part => ({ ...part, text: part.text.replace(` ${justAssigned}`, '') })),
  )
  const failure = error.failure ?? `${error.subject ?? 'A resource'} could not be found`
  const details = { failure, reason, isQuoted: false, detail: awaited, fix: advice }
  return error.with({ message: `${failure}: ${reason}`, ...details })
}
