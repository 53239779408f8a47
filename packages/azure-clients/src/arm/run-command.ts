import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import { aksCommand, formatResourceId, invokeCommand, type ResourceId } from 'azure'
import type { AzureAnswer } from 'kernel'
import { briefly } from 'kernel'
import { ask, type Asked, type Attempt } from '../ask.js'
import { hadNoEffect } from '../http/retries.js'
import { armRules } from './errors.js'
import { armActions } from './requests.js'
import type { ArmContext, Clients } from './resources.js'
import { isCode, rule, type Rule } from '../rule.js'

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

/** A command, with a token for the AKS server application, which is empty if the cluster does not use Entra ID. */
type CommandRequest = Command & { clusterToken: string }

/** Interval at which a running command is polled, in milliseconds. */
const pollMs = 1000

/**
 * Runs a command and waits for its end. The SDK's poller judges by the HTTP status alone, and takes `200 {"provisioningState":"Running"}` for the
 * end (arm-containerservice 25.3.0). So this continues to poll, and the caller must check the final state.
 * @param options.maxMs how long to wait for the end of the command, in milliseconds
 * @param options.onStart called when the command has started or, if the answer was lost, may have started
 * @throws ActionError
 */
export async function runCommand(
  clients: Clients,
  id: ResourceId,
  request: CommandRequest,
  {
    sleep,
    maxMs,
    abortSignal,
    onStart,
  }: { sleep: (ms: number) => Promise<void>; maxMs: number; abortSignal: AbortSignal; onStart: () => void },
): Promise<CommandResult> {
  const late = AbortSignal.timeout(maxMs)
  const limited = AbortSignal.any([abortSignal, late])
  const context = clients.containerService(id.subscriptionId)
  try {
    return await ask(
      clients,
      starting(id),
      async () => {
        const poller = startCommand(clients, id, request, limited)
        await poller.submitted().catch((thrown: unknown) => {
          if (!hadNoEffect(thrown)) onStart()
          throw thrown
        })
        onStart()
        let result = await poller.catch(giveUpLost)
        while (result.id && underWay.test(result.provisioningState ?? '')) {
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

const underWay = /^(accepted|creating|running)$/i

/** Starts a command without waiting for its end. @throws ActionError */
export async function submitCommand(
  clients: Clients,
  id: ResourceId,
  request: CommandRequest,
  abortSignal: AbortSignal,
): Promise<void> {
  await ask(clients, starting(id), () => startCommand(clients, id, request, abortSignal).submitted(), clusterRules)
}

function starting(id: ResourceId): Asked {
  const failure = `AKS Run Command could not be started on ${id.name}`
  return { failure, scope: formatResourceId(id), action: armActions.runCommand }
}

function startCommand(
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

/** Refusals of AKS Run Command and of reading the kubeconfig, before those of Azure Resource Manager. */
export const clusterRules: Rule<AzureAnswer, Attempt>[] = [
  rule(
    // learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures
    answer => isCode(answer, 'KubernetesOperationError') && /denied the request/i.test(answer.message),
    'PROBE_FAILED',
    (_, { scope }) =>
      briefly(
        'Exempt the namespace aks-command from the policy, or set probe-with: kubectl on a runner that reaches the API server.',
        'It rejects the pod of AKS Run Command. To check if the pod runs:',
        invokeCommand(scope),
      ),
  ),
  rule(
    ['KubernetesOperationError', 'KubernetesPerformanceError'],
    { code: 'PROBE_FAILED', recovers: true },
    (_, { scope }) =>
      briefly(
        'Re-run the step when a node has free capacity and access to mcr.microsoft.com.',
        'Azure runs the command in a pod in the namespace aks-command. To run one by hand:',
        invokeCommand(scope),
      ),
  ),
  rule(
    // hashicorp/terraform-provider-azurerm issue 15489
    ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    'CLUSTER_UNREACHABLE',
    (_, { scope }) =>
      briefly(
        'Set probe-with: run-command, or enable Microsoft Entra in the cluster.',
        'It has local accounts disabled. To enable Microsoft Entra, which changes how everyone signs in to the cluster:',
        aksCommand('update', scope, '--enable-aad'),
      ),
  ),
  ...armRules,
]
