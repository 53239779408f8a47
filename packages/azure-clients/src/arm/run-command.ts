import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import { formatResourceId, type ResourceId } from 'azure'
import { armActions } from './actions.js'
import { hadNoEffect } from '../http/failed-tries.js'
import { ask } from './ask.js'
import type { Asked } from './attempt.js'
import type { ArmContext, Clients } from './clients.js'
import { clusterRules } from './cluster-errors.js'

/** How a command inside a cluster ended. */
export interface CommandResult {
  /** `Succeeded` even if the command itself failed; `Failed` if it could not be run. */
  provisioningState: string
  exitCode: number
  /** Why it could not be run. */
  reason: string
  /** Standard output and error, cut at 512 kB. */
  logs: string
}

/** A command to run in the cluster. */
export interface Command {
  command: string
  /** Zip of the files in its working folder. */
  context: Uint8Array
}

interface CommandRequest extends Command {
  /** Token for the AKS server application; empty if the cluster does not use Entra ID. */
  clusterToken: string
}

interface RunOptions {
  sleep: (ms: number) => Promise<void>
  /** How long to wait for the end of the command, in milliseconds. */
  maxMs: number
  abortSignal: AbortSignal
  /** Called when the command has started or, if the answer was lost, may have started. */
  onStart: () => void
}

/** Interval at which a running command is polled, in milliseconds. */
const pollMs = 1000

/**
 * Runs a command and waits for its end. The SDK's poller judges by the HTTP status alone, and takes `200 {"provisioningState":"Running"}` for the
 * end (arm-containerservice 25.3.0). So this continues to poll, and the caller must check the final state.
 * @throws ActionError
 */
export async function runCommand(
  clients: Clients,
  id: ResourceId,
  request: CommandRequest,
  { sleep, maxMs, abortSignal, onStart }: RunOptions,
): Promise<CommandResult> {
  const late = AbortSignal.timeout(maxMs)
  const limited = AbortSignal.any([abortSignal, late])
  const context = clients.containerService(id.subscriptionId)
  try {
    return await ask(
      clients,
      starting(id),
      async () => {
        const poller = start(clients, id, request, limited)
        await poller.submitted().catch((thrown: unknown) => {
          if (!hadNoEffect(thrown)) onStart()
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
    const reason = `it did not end within ${maxMs / 1000} s`
    return { provisioningState: 'Running', exitCode: 0, reason, logs: '' }
  }
}

/**
 * The result of a command that Azure does not know, because its pod never ran
 * (learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures).
 */
function giveUpLost(thrown: unknown): Partial<CommandResult> & { id?: string } {
  const { statusCode, request } = thrown as { statusCode?: number; request?: { url?: string } }
  if (statusCode !== 404 || !/\/commandResults\//i.test(request?.url ?? '')) throw thrown
  return { provisioningState: 'Failed', reason: 'Azure no longer knows the command' }
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
  const failure = `AKS Run Command could not be started on ${id.name}`
  return { failure, scope: formatResourceId(id), action: armActions.runCommand }
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

/** Reads the kubeconfig of the cluster's user. @throws ActionError */
export async function getKubeconfig({ clients, signal }: ArmContext, id: ResourceId): Promise<string> {
  const failure = `The kubeconfig of ${id.name} could not be fetched`
  const asked = { failure, scope: formatResourceId(id), action: armActions.readKubeconfig }
  const context = clients.containerService(id.subscriptionId)
  const list = () =>
    managedClusters.listClusterUserCredentials(context, id.resourceGroup, id.name, { abortSignal: signal })
  const { kubeconfigs = [] } = await ask(clients, asked, list, clusterRules)
  const [first] = kubeconfigs
  return first?.value ? Buffer.from(first.value).toString('utf8') : ''
}
