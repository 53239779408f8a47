import type { ApplyProgress } from './apply.js'
import { explain } from './azure-errors.js'
import { createRegistry } from './azure/registries.js'
import { parseResourceId } from './azure/resource-id.js'
import { getResourceGroupLocation } from './azure/subscriptions.js'
import type { Clock } from './clock.js'
import { ActionError, isAbort } from './errors.js'
import { findRole } from './find-role.js'
import { withGrace } from './grace.js'
import type { Inputs } from './inputs.js'
import { observePairs } from './observe.js'
import type { AzureContext } from './lookup.js'
import { describeFailure, describeOperation } from './operation-text.js'
import type { CreateRegistry, Lookup, Observed, Outcome, Registry, RegistryWithRole } from './state.js'

/** What came of creating registries. */
export interface Creation {
  outcomes: Outcome[]
  /** Everything as it is with them: the mode in which Azure made them, which is not always the one asked for, decides about roles. */
  observe: () => Promise<Observed>
}

/** Creates registries side by side and waits until Azure has done so. Never throws: what failed or was cancelled is an outcome too. */
export async function createRegistries(
  azure: AzureContext,
  operations: CreateRegistry[],
  { targets, registries }: Observed,
  inputs: Inputs,
  clock: Clock,
  progress: Pick<ApplyProgress, 'onDone'>,
): Promise<Creation> {
  const ends = await Promise.all(
    operations.map(async operation => {
      const end = await create(azure, operation, clock)
      progress.onDone(end.outcome)
      return end
    }),
  )
  const now = async (lookup: Lookup<RegistryWithRole>): Promise<Lookup<RegistryWithRole>> => {
    const end = ends.find(({ outcome }) => 'found' in lookup && outcome.operation.registry === lookup.found.registry)
    return end ? withRole(azure, lookup.asked, end.created, inputs) : lookup
  }
  return {
    outcomes: ends.map(({ outcome }) => outcome),
    observe: async () => observePairs(azure, targets, await Promise.all(registries.map(now)), inputs),
  }
}

async function withRole(
  azure: AzureContext,
  asked: string,
  registry: Registry | ActionError,
  inputs: Inputs,
): Promise<Lookup<RegistryWithRole>> {
  if (registry instanceof ActionError) return { asked, error: registry }
  const role = await findRole(azure, registry, inputs)
  return role instanceof ActionError ? { asked, error: role } : { asked, found: { registry, role } }
}

interface End {
  outcome: Outcome & { operation: CreateRegistry }
  created: Registry | ActionError
}

async function create(azure: AzureContext, operation: CreateRegistry, clock: Clock): Promise<End> {
  // Once Azure has accepted it, something was written, whatever comes of it.
  const written = { changed: false }
  const onAccepted = (): void => {
    written.changed = true
  }
  const { signal: writing } = withGrace(azure)
  try {
    const created = await perform(azure, operation, writing, onAccepted)
    return { outcome: { operation, ...written, finishedAt: clock.now() }, created }
  } catch (thrown) {
    const wasUnderWay = isAbort(thrown) && (written.changed || writing.aborted)
    const error = wasUnderWay
      ? interrupted(thrown, operation, written)
      : explainCreation(thrown, operation, written, azure)
    return { outcome: { operation, ...written, finishedAt: clock.now(), error }, created: error }
  }
}

async function perform(
  { clients, signal }: AzureContext,
  { registry, sku, location }: CreateRegistry,
  writing: AbortSignal,
  onAccepted: () => void,
): Promise<Registry> {
  const id = parseResourceId(registry.id)
  if (!id) throw new Error(`not a registry's resource ID: ${registry.id}`)
  const region = location || (await getResourceGroupLocation(clients, id.subscriptionId, id.resourceGroup, signal))
  const wanted = { sku, location: region, roleAssignmentMode: registry.roleAssignmentMode }
  return createRegistry(clients, id, wanted, { writing, waiting: signal }, onAccepted)
}

function explainCreation(
  thrown: unknown,
  operation: CreateRegistry,
  { changed }: { changed: boolean },
  { caller }: AzureContext,
): ActionError {
  const { id, name } = operation.registry
  const error = explain(thrown, {
    failure: describeFailure(operation),
    subject: name,
    scope: id.replace(/\/providers\/.*$/, ''),
    action: 'Microsoft.ContainerRegistry/registries/write',
    notFound: 'INVALID_INPUT',
    caller,
  })
  if (!changed || error.code !== 'UNEXPECTED') return error
  // The reasons to give up later are Azure's own, and many.
  return new ActionError('AZURE_UNAVAILABLE', `${error.message} Azure had accepted it, and gave up later.`, {
    subject: name,
    fix: `Run the step again; if it stays so, what there is of it:\n  az acr show --name ${name} --subscription ${operation.registry.subscriptionId}`,
    ...(error.azure && { azure: error.azure }),
    cause: thrown,
  })
}

function interrupted(cause: unknown, operation: CreateRegistry, { changed }: { changed: boolean }): ActionError {
  const what = describeOperation(operation)
  return new ActionError(
    'CANCELLED',
    changed
      ? `The job was cancelled while Azure created ${what}, which Azure goes on with.`
      : `The job was cancelled before Azure had answered: ${what} may be created or not.`,
    {
      fix: 'Run the job again: it takes what is there and writes only what is missing.',
      subject: operation.registry.name,
      cause,
    },
  )
}
