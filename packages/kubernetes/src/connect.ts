import { which } from '@actions/io'
import { inSubscriptionOf, aksCommand, az, parseResourceId, type ClusterAccess, type Target } from 'azure'
import { getKubeconfig, runCommand, submitCommand, type AzureContext, type Command } from 'azure-clients'
import { attempt, type ActionError, type Clock } from 'kernel'
import { mask, type Logger } from 'runner'
import type { Inputs } from 'run-model'
import { unprobed } from './errors.js'
import { faultOf, secretsOf } from './kubeconfig.js'
import { createKubectl } from './kubectl.js'
import type { PodsLeft, ProbeDeps, Prober, Transport } from './probe.js'
import { createProber } from './prober.js'
import { createRunCommand } from './run-command.js'

/** The AKS server application, the same in every cloud and tenant (learn.microsoft.com/azure/aks/kubelogin-authentication). */
const aksServerScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'

/** How long a command may take beyond `timeout`, in milliseconds: Azure abandons one that has not started within 30 s, and the shortest round takes 8 s more. */
const overtimeMs = 45_000

/** How long an API server may take for its first answer, in milliseconds: if Run Command is available instead, and if it is not. */
const firstAnswerMs = { withFallback: 5000, alone: 15_000 }

export interface ProberDeps {
  azure: AzureContext
  inputs: Pick<Inputs, 'probeWith' | 'probeNamespace' | 'timeoutMs'> &
    Partial<Pick<Inputs, 'probeServiceAccount' | 'manifests'>>
  clock: Clock
  log: Logger
  /** Distinguishes the pods of this run from those of other runs. */
  run: string
  /** Holds the processes of all clusters to `concurrency`. */
  limit: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * Creates the prober that the inputs ask for. `auto` uses kubectl if it is installed and the API server may accept the runner's address, else
 * Run Command.
 * @throws ActionError `PROBE_FAILED`, `CLUSTER_UNREACHABLE` when neither can be used
 */
export async function chooseProber(target: Target, deps: ProberDeps): Promise<Prober> {
  const { probeWith } = deps.inputs
  const installed = probeWith === 'run-command' ? '' : await which('kubectl')
  if (probeWith === 'kubectl' && !installed) throw noKubectl(target)
  const { access } = target
  const isShut = access && !access.runCommandDisabled && acceptsNobody(access)
  const isInReach = installed && probeWith !== 'run-command' && !access?.isPrivate && !isShut
  if (probeWith === 'kubectl' || isInReach) return connectBy('kubectl', target, deps)
  if (access?.runCommandDisabled) throw runCommandDisabled(target, installed !== '')
  return connectBy('run-command', target, deps)
}

/** Creates the Run Command prober if kubectl can't reach the API server, `probe-with` is `auto` and the cluster has Run Command enabled. */
export function fallBack(target: Target, deps: ProberDeps, error: ActionError): Prober | undefined {
  const isFallback = deps.inputs.probeWith === 'auto' && error.code === 'CLUSTER_UNREACHABLE'
  return isFallback && !target.access?.runCommandDisabled ? connectBy('run-command', target, deps) : undefined
}

/** Whether only the cluster itself can reach its API server: `0.0.0.0/32` sets that (learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges). */
function acceptsNobody({ authorizedRanges }: ClusterAccess): boolean {
  return authorizedRanges.length > 0 && authorizedRanges.every(range => range === '0.0.0.0/32')
}

/** Creates the prober that an earlier process used on a cluster, for the post step that deletes its pods. */
export function returnTo({ prober, cluster: id, name, usesEntra }: PodsLeft, deps: ProberDeps): Prober {
  return connectBy(prober, { id, name, access: { usesEntra } }, deps)
}

interface Destination {
  id: string
  name: string
  access?: Partial<Pick<ClusterAccess, 'runCommandDisabled' | 'usesEntra'>>
}

function connectBy(way: Prober['name'], target: Destination, deps: ProberDeps): Prober {
  const { azure, clock, inputs, log, run } = deps
  const { probeNamespace: namespace, probeServiceAccount, manifests = [] } = inputs
  const accounts = probeServiceAccount
    ? [probeServiceAccount]
    : [...new Set(manifests.flatMap(({ account }) => account ?? []))]
  const { id, name, access } = target
  const common: ProbeDeps = {
    ...{ name: way, attempt: { cluster: { id, name }, namespace, accounts }, run, clock, signal: azure.signal, log },
    forgetToken() {
      azure.credential.forget(aksServerScope)
    },
  }
  const usesEntra = access?.usesEntra ?? false
  const left: PodsLeft = { kind: 'pods', cluster: id, name, usesEntra, prober: way, namespace, run }
  return createProber(open(target, common, deps), common, left)
}

function open(target: Destination, common: ProbeDeps, { azure, clock, inputs, limit }: ProberDeps): Transport {
  if (common.name === 'kubectl') {
    const hasFallback = inputs.probeWith === 'auto' && !target.access?.runCommandDisabled
    return createKubectl({
      ...common,
      limit,
      firstAnswerMs: hasFallback ? firstAnswerMs.withFallback : firstAnswerMs.alone,
      fetchToken: () => recovering(fetchToken(azure, azure.signal)),
      async fetchKubeconfig() {
        const kubeconfig = await recovering(getKubeconfig(azure, parseClusterId(target)))
        const found = faultOf(kubeconfig)
        if (found) throw noKubeconfig(target, found)
        secretsOf(kubeconfig).forEach(mask)
        return kubeconfig
      },
    })
  }
  const requestOf = async (command: Command, signal: AbortSignal) => ({
    ...command,
    clusterToken: target.access?.usesEntra ? await fetchToken(azure, signal) : '',
  })
  return createRunCommand({
    ...common,
    async execute(command, maxMs, onStart) {
      const request = await recovering(requestOf(command, azure.signal))
      const running = runCommand(azure.clients, parseClusterId(target), request, {
        sleep: ms => clock.sleep(ms, azure.signal),
        maxMs: Math.min(maxMs, inputs.timeoutMs + overtimeMs),
        abortSignal: azure.signal,
        onStart,
      })
      return recovering(running)
    },
    async submit(command) {
      // Not the run's signal: this must work after a cancellation, too, when some seconds are left.
      const signal = AbortSignal.timeout(5000)
      await submitCommand(azure.clients, parseClusterId(target), await requestOf(command, signal), signal)
    },
  })
}

/**
 * Marks failures of Azure as recovering: the SDK retries for some seconds, and an outage may end while the nodes are waited for.
 * @throws ActionError
 */
async function recovering<T>(request: Promise<T>): Promise<T> {
  const { value, error } = await attempt(request)
  if (!error) return value
  throw ['AZURE_UNAVAILABLE', 'THROTTLED'].includes(error.code) ? error.with({ recovers: true }) : error
}

/** The credential keeps the token, renews it, and masks it at once. */
async function fetchToken({ credential }: AzureContext, abortSignal: AbortSignal): Promise<string> {
  return (await credential.getToken(aksServerScope, { abortSignal })).token
}

function parseClusterId({ id }: Destination) {
  const parsed = parseResourceId(id)
  if (!parsed) throw new Error(`not a cluster's resource ID: ${id}`)
  return parsed
}

function noKubectl(target: Target): ActionError {
  return unprobed(target, 'PROBE_FAILED', 'kubectl is not on the runner', [
    'GitHub-hosted runners have it. On this runner, install it in an earlier step, or set probe-with to run-command or auto:',
    az`aks install-cli`,
  ])
}

/** A truncated answer can be whole the next time. */
function noKubeconfig(target: Destination, { fault, isBroken }: NonNullable<ReturnType<typeof faultOf>>): ActionError {
  const reason = isBroken ? 'Azure returned no kubeconfig' : `the kubeconfig from Azure can't be used (${fault})`
  const said = { why: isBroken ? `${reason}, or an incomplete one` : reason, brief: reason }
  const advice = [
    isBroken
      ? 'Run the step again later, or set probe-with: run-command. To see what Azure returns:'
      : 'Set probe-with: run-command, which needs no kubeconfig. To see what Azure returns:',
    aksCommand('get-credentials', target.id, '--file - --only-show-errors'),
  ] as const
  return unprobed(target, 'CLUSTER_UNREACHABLE', said, advice, { recovers: isBroken })
}

function runCommandDisabled(target: Target, hasKubectl: boolean): ActionError {
  const kubectl = hasKubectl ? 'probe-with requires it' : 'kubectl is not on the runner'
  const cause = target.access?.isPrivate ? 'its API server is private' : kubectl
  return unprobed(target, 'CLUSTER_UNREACHABLE', `Run Command is disabled on the cluster, and ${cause}`, [
    'Run the job on a runner inside its network, with kubectl and probe-with: kubectl; or enable Run Command:',
    enableRunCommandCommand(target.id),
  ])
}

/** Allows Run Command on a cluster, for which `az aks` has no option. Like `az aks update`, it writes the whole cluster. */
export function enableRunCommandCommand(clusterId: string): string {
  return az`resource update --ids ${clusterId} --api-version 2025-03-01 --set properties.apiServerAccessProfile.disableRunCommand=false ${inSubscriptionOf(clusterId)}`
}
