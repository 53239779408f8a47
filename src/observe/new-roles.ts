import { option, az, describeCaller, subscriptionOf } from 'azure'
import { justAssigned, seesNothing, type AzureContext } from 'azure-clients'
import { choices, fix, partsOf, type ActionError } from 'kernel'
import type { Inputs, Observed } from 'run-model'
import type { Patience } from './identities.js'
import { observe } from './observe.js'
import { noSubscription } from './registry-search.js'

/**
 * How long roles that were just assigned are waited for, in milliseconds. They take up to ten minutes
 * (learn.microsoft.com/azure/role-based-access-control/troubleshooting), but most work sooner, and waiting for roles that nobody assigned costs time.
 */
const maxWaitMs = 120_000

const pauseMs = 10_000

interface Options extends Patience {
  /** Called before each pause. @param limitMs how long the whole wait may take @param seesNone whether the identity still sees no subscription */
  onRoles: (elapsedMs: number, limitMs: number, seesNone: boolean) => void
}

/**
 * Observes Azure. If everything is refused and Azure lists no subscription for the identity, its roles may have been assigned a moment ago: then it
 * observes again until nothing is refused any more, as the roles of one set-up arrive one by one, for at most two minutes or the timeout. If the
 * identity sees anything, a refusal is final at once.
 * @throws AbortError when the job is cancelled
 */
export async function observeWithNewRoles(
  azure: AzureContext,
  inputs: Inputs,
  { onRoles, ...patience }: Options,
): Promise<Observed> {
  const { clock } = patience
  let observed = await observe(azure, inputs, patience)
  if (!readingsOf(observed).every(({ error }) => error && isRefused(error)) || !(await seesNothing(azure)))
    return observed
  const startedAt = clock.now()
  const limitMs = Math.min(maxWaitMs, inputs.timeoutMs)
  let seesNone = true
  for (;;) {
    const elapsedMs = clock.now() - startedAt
    if (elapsedMs >= limitMs) return withNewRoles(azure, observed, seesNone)
    onRoles(elapsedMs, limitMs, seesNone)
    await clock.sleep(Math.min(pauseMs, limitMs - elapsedMs), azure.signal)
    // One request while nothing can be seen. At the end everything is read, in case the list is later than the roles.
    seesNone &&= await seesNothing(azure, { isStale: true })
    if (seesNone && clock.now() - startedAt < limitMs) continue
    observed = await observe(azure, inputs, patience)
    if (!readingsOf(observed).some(({ error }) => error && mayBeUnseen(error))) return observed
  }
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
  return isRefused(error) || (error.azure === undefined && /^(?:CLUSTER|REGISTRY)_NOT_FOUND$/.test(error.code))
}

/** Marks errors whose fix begins with the time that new roles take. */
export const awaited = 'awaited'

/** Says first that new roles take their time, in every error that they may explain. */
function withNewRoles(azure: AzureContext, observed: Observed, seesNone: boolean): Observed {
  const explain = <T extends { error?: ActionError | undefined }>(reading: T): T => {
    const { error } = reading
    return error && mayBeUnseen(error) ? { ...reading, error: explainRefusal(azure, error, seesNone) } : reading
  }
  const [targets, registries] = [observed.targets.map(explain), observed.registries.map(explain)]
  return { ...observed, targets, registries, lost: observed.lost.map(explain) }
}

function explainRefusal({ clients: { caller } }: AzureContext, error: ActionError, seesNone: boolean): ActionError {
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
  const explained = error.with({ fix: advice, detail: awaited })
  if (!seesNone) return explained
  const failure = error.failure ?? `${error.subject ?? 'A resource'} could not be found`
  return explained.with({ failure, reason, message: `${failure}: ${reason}`, isQuoted: false })
}
