import { acrCommand, parseResourceId, type Registry } from 'azure'
import { createRegistry, getResource, resources, scopeOf, type AzureContext } from 'azure-clients'
import { ActionError, fix, isAbort, startLimit, toActionError, type Clock } from 'kernel'
import { wordsOfOperation, type Operation, type Outcome, type Progress } from 'run-model'
import { explainInterruptedWrite } from './apply.js'
import { mayBeDone, withGrace } from './lost-answers.js'

type CreateRegistry = Extract<Operation, { operation: 'create-registry' }>

/** Azure needs a minute, with replications and on a bad day more: a short `timeout` is about grants, not about this. */
const minWaitMs = 10 * 60_000

/** Creates registries in parallel and waits until they exist, for ten minutes at least. Never throws: failures and cancelled creations are outcomes too. */
export async function createRegistries(
  azure: AzureContext,
  operations: CreateRegistry[],
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  progress: Pick<Progress['apply'], 'onStart' | 'onDone'>,
): Promise<Outcome[]> {
  if (operations.length === 0) return []
  progress.onStart()
  return Promise.all(
    operations.map(async operation => {
      const outcome = await createAndWait(azure, operation, Math.max(timeoutMs, minWaitMs), clock)
      progress.onDone(outcome)
      return outcome
    }),
  )
}

async function createAndWait(
  azure: AzureContext,
  operation: CreateRegistry,
  waitMs: number,
  clock: Clock,
): Promise<Outcome> {
  // Once Azure has accepted the request, something was written, even if the creation fails later.
  const written = { changed: false }
  const onAccepted = (): void => {
    written.changed = true
  }
  const late = startLimit(waitMs)
  const limited = { ...azure, signal: AbortSignal.any([azure.signal, late.signal]) }
  const { signal: writing } = withGrace(limited)
  try {
    const created = await perform(limited, operation, writing, onAccepted).catch((error: unknown) =>
      findCreated(limited, operation, error, onAccepted),
    )
    return { operation, ...written, finishedAt: clock.now(), created }
  } catch (thrown) {
    const wasUnderWay = isAbort(thrown) && (written.changed || writing.aborted)
    const isLate = isAbort(thrown) && !azure.signal.aborted
    // Nothing says whether a request without an answer created it.
    if (isLate && writing.aborted) onAccepted()
    const explain = wasUnderWay ? explainCancelled : explainCreation
    const error = isLate ? explainLateCreation(thrown, operation, waitMs) : explain(thrown, operation, written.changed)
    return { operation, ...written, finishedAt: clock.now(), error }
  } finally {
    late.end()
  }
}

async function perform(
  azure: AzureContext,
  { registry, sku, location }: CreateRegistry,
  writing: AbortSignal,
  onAccepted: () => void,
): Promise<Registry> {
  const id = parseResourceId(registry.id)
  if (!id) throw new Error(`not a registry's resource ID: ${registry.id}`)
  const region =
    location || (await getResource(azure, resources.location, scopeOf(id.subscriptionId, id.resourceGroup)))
  const desired = { sku, location: region, roleAssignmentMode: registry.roleAssignmentMode }
  return createRegistry(azure, id, desired, writing, onAccepted)
}

/** Azure may have created the registry although its answer was lost. @throws the error of the creation if it hasn't */
async function findCreated(
  azure: AzureContext,
  { registry }: CreateRegistry,
  error: unknown,
  onAccepted: () => void,
): Promise<Registry> {
  const id = parseResourceId(registry.id)
  if (!id || !mayBeDone(error)) throw error
  const found = await getResource(azure, resources.registry, id).catch(() => undefined)
  // If the deadline or a cancellation cut this off, it may exist.
  if (found || azure.signal.aborted) onAccepted()
  if (!found || isGivenUp(found)) throw error
  return found
}

/** Whether Azure has ended the creation without success: its name is taken, and it works for nobody. */
function isGivenUp({ state = '' }: Registry): boolean {
  return /^(?:failed|cancell?ed)$/i.test(state)
}

/** Azure can accept a creation and give it up later, for reasons of its own. */
function explainCreation(thrown: unknown, { registry }: CreateRegistry, isAccepted: boolean): ActionError {
  const error = toActionError(thrown)
  if (!isAccepted || error.code !== 'AZURE_REFUSED') return error
  const said = { ...error.said, more: 'Azure had accepted the request, and gave up later.' }
  const text = 'Run the step again; if it fails again, check the state of the registry:'
  const advice = fix(text, acrCommand('show', registry.id))
  return error.with({ code: 'AZURE_UNAVAILABLE', said, subject: registry.name, fix: advice })
}

function explainCancelled(cause: unknown, operation: CreateRegistry, isAccepted: boolean): ActionError {
  const said = {
    what: `The job was cancelled while Azure was creating ${wordsOfOperation(operation).name}; Azure continues`,
  }
  return explainInterruptedWrite(operation, cause).with({
    subject: operation.registry.name,
    ...(isAccepted && { said }),
  })
}

function explainLateCreation(cause: unknown, operation: CreateRegistry, waitMs: number): ActionError {
  const { registry } = operation
  const said = {
    what: wordsOfOperation(operation).failure,
    why: `Azure was not done after ${Math.round(waitMs / 60_000)} min`,
  }
  const advice = fix(
    'Check whether the registry exists by now, then run the step again:',
    acrCommand('show', registry.id),
  )
  return new ActionError('AZURE_UNAVAILABLE', said, {
    subject: registry.name,
    resource: registry.id,
    fix: advice,
    cause,
  })
}
