import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import { formatResourceId, type ResourceId } from '../../model/resource-id.js'
import { armActions } from './actions.js'
import { hasStartedNothing } from '../http/started-once.js'
import { ask } from './ask.js'
import type { Asked } from './attempt.js'
import type { Clients } from './clients.js'
import { clusterRules } from './cluster-errors.js'

/** How a command inside a cluster ended. */
export interface CommandResult {
  /** `Succeeded` also when the command itself failed; `Failed` when it could not be run. */
  provisioningState: string
  exitCode: number
  /** Why it could not be run. */
  reason: string
  /** Standard output and error, cut at 512 kB. */
  logs: string
}

export interface CommandRequest {
  command: string
  /** Zip of the files that it finds in its folder. */
  context: Uint8Array
  /** Token for the AKS server application; empty where the cluster does not use Entra ID. */
  clusterToken: string
}

/** Between two looks at a command that runs. */
const pollMs = 1000

/**
 * Runs a command and waits for its end. The poller judges by the HTTP status alone, and takes `200 {"provisioningState":"Running"}` for the end
 * (arm-containerservice 25.3.0). So this goes on asking, and the caller has to check the state that it ended with.
 * @param longestMs after which a command that has not ended is not waited for any more
 * @param onStart called once the command has started or, when the answer was lost, may have
 * @throws ActionError
 */
export async function runCommand(
  clients: Clients,
  id: ResourceId,
  request: CommandRequest,
  {
    sleep,
    longestMs,
    abortSignal,
    onStart,
  }: { sleep: (ms: number) => Promise<void>; longestMs: number; abortSignal: AbortSignal; onStart: () => void },
): Promise<CommandResult> {
  const late = AbortSignal.timeout(longestMs)
  const limited = AbortSignal.any([abortSignal, late])
  const context = clients.containerService(id.subscriptionId)
  try {
    return await ask(
      clients,
      starting(id),
      async () => {
        const poller = start(clients, id, request, limited)
        await poller.submitted().catch((thrown: unknown) => {
          if (!hasStartedNothing(thrown)) onStart()
          throw thrown
        })
        onStart()
        let result = await poller.catch(giveUpLost)
        while (result.id && isUnderWay(result.provisioningState)) {
          await sleep(pollMs)
          const later = await managedClusters
            .getCommandResult(context, id.resourceGroup, id.name, result.id, { abortSignal: limited })
            .catch(giveUpLost)
          // 202 has no body.
          if (later) result = later
        }
        return {
          provisioningState: result.provisioningState ?? '',
          exitCode: result.exitCode ?? 0,
          reason: result.reason ?? '',
          logs: result.logs ?? '',
        }
      },
      clusterRules,
    )
  } catch (error) {
    if (!late.aborted || abortSignal.aborted) throw error
    const reason = `it did not end within ${longestMs / 1000} s`
    return { provisioningState: 'Running', exitCode: 0, reason, logs: '' }
  }
}

/**
 * The result of a command that Azure knows nothing of, as it does of one whose pod never ran
 * (learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures).
 */
function giveUpLost(thrown: unknown): Partial<CommandResult> & { id?: string } {
  const { statusCode, request } = thrown as { statusCode?: number; request?: { url?: string } }
  if (statusCode !== 404 || !/\/commandResults\//i.test(request?.url ?? '')) throw thrown
  return { provisioningState: 'Failed', reason: 'Azure does not know the command any more' }
}

function isUnderWay(state = ''): boolean {
  return /^(accepted|creating|running)$/i.test(state)
}

/** Starts a command without waiting for its end. @throws ActionError */
export async function submitCommand(
  clients: Clients,
  id: ResourceId,
  request: CommandRequest,
  abortSignal: AbortSignal,
): Promise<void> {
  await ask(clients, starting(id), () => start(clients, id, request, abortSignal).submitted(), clusterRules)
}

function starting(id: ResourceId): Asked {
  return {
    failure: `AKS Run Command could not be started on ${id.name}`,
    subject: id.name,
    scope: formatResourceId(id),
    action: armActions.runCommand.action,
  }
}

function start(
  clients: Clients,
  { subscriptionId, resourceGroup, name }: ResourceId,
  request: CommandRequest,
  abortSignal: AbortSignal,
) {
  const { command, context, clusterToken } = request
  return managedClusters.runCommand(
    clients.containerService(subscriptionId),
    resourceGroup,
    name,
    { command, context: Buffer.from(context).toString('base64'), clusterToken },
    { abortSignal, updateIntervalInMs: pollMs },
  )
}

/** The kubeconfig of the cluster's user. @throws ActionError */
export async function getKubeconfig(clients: Clients, id: ResourceId, abortSignal: AbortSignal): Promise<string> {
  const asked = {
    failure: `The kubeconfig of ${id.name} could not be fetched`,
    subject: id.name,
    scope: formatResourceId(id),
    action: armActions.readKubeconfig.action,
  }
  const context = clients.containerService(id.subscriptionId)
  const { kubeconfigs = [] } = await ask(
    clients,
    asked,
    () => managedClusters.listClusterUserCredentials(context, id.resourceGroup, id.name, { abortSignal }),
    clusterRules,
  )
  const [first] = kubeconfigs
  return first?.value ? Buffer.from(first.value).toString('utf8') : ''
}
