import { which } from '@actions/io'
import { az } from '../../model/az.js'
import { aksCommand, enableRunCommandCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import type { Logger } from '../../model/progress.js'
import type { PodsLeft } from '../../model/leftover.js'
import { parseResourceId } from '../../model/resource-id.js'
import type { ClusterAccess, Target } from '../../model/target.js'
import type { Clock } from '../../model/time.js'
import type { Inputs } from '../../model/wanted.js'
import type { AzureContext } from '../context.js'
import { getKubeconfig, runCommand, submitCommand } from '../arm/run-command.js'
import { mask } from '../runner/secrets.js'
import { noteLeftover } from '../runner/state.js'
import { isKubeconfig, secretsOf } from './kubeconfig.js'
import { createKubectl } from './kubectl.js'
import type { Prober } from './probe.js'
import type { Command } from './command-files.js'
import { createRunCommand } from './run-command.js'

/** The AKS server application, the same in every cloud and tenant (learn.microsoft.com/azure/aks/kubelogin-authentication). */
const aksServerScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'

/** What a look may take beside `timeout`, in milliseconds: Azure gives up a command that has not started within 30 s. */
const startMs = 30_000

/** How long an API server may take for its first answer where Run Command could do as well, and where it could not. */
const firstAnswerMs = { withOther: 5000, alone: 15_000 }

/** What probers are created from. */
export interface ProberMeans {
  azure: AzureContext
  inputs: Pick<Inputs, 'probeWith' | 'probeNamespace' | 'timeoutMs'>
  clock: Clock
  log: Logger
  /** Tells the pods of this run from those of others. */
  run: string
  /** Holds the processes of all clusters to `concurrency`. */
  limit: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * The prober of a cluster that the inputs ask for; `auto` takes kubectl where it is installed and the API server may let the runner in, else Run
 * Command.
 * @throws ActionError `PROBE_FAILED`, `CLUSTER_UNREACHABLE` when there is none
 */
export async function chooseProber(target: Target, means: ProberMeans): Promise<Prober> {
  const { probeWith } = means.inputs
  const installed = probeWith === 'run-command' ? '' : await which('kubectl')
  if (probeWith === 'kubectl') {
    if (!installed) throw noKubectl(target)
    return kubectlFor(target, means)
  }
  const { access } = target
  const isShut = access && !access.runCommandDisabled && letsInNobody(access)
  if (probeWith === 'run-command' || !installed || access?.isPrivate || isShut) {
    if (access?.runCommandDisabled) throw runCommandDisabled(target, installed !== '')
    return runCommandFor(target, means)
  }
  return kubectlFor(target, means)
}

/** The other prober, for a cluster whose API server turned out to be out of kubectl's reach; none where that was asked for, or Run Command is disabled. */
export function fallBack(target: Target, means: ProberMeans, error: ActionError): Prober | undefined {
  const mayFallBack = means.inputs.probeWith === 'auto' && error.code === 'CLUSTER_UNREACHABLE'
  return mayFallBack && !target.access?.runCommandDisabled ? runCommandFor(target, means) : undefined
}

/** Whether only the cluster itself reaches its API server: `0.0.0.0/32` is how that is set (learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges). */
function letsInNobody({ authorizedRanges }: ClusterAccess): boolean {
  return authorizedRanges.length > 0 && authorizedRanges.every(range => range === '0.0.0.0/32')
}

/** The prober that a run went into a cluster with, for the post step that deletes its pods. */
export function returnTo({ way, cluster: id, name, usesEntra }: PodsLeft, means: ProberMeans): Prober {
  return way === 'kubectl'
    ? createKubectlFor({ id, name }, means)
    : createRunCommandFor({ id, name, access: { usesEntra } }, means)
}

/** The properties of a cluster that decide how it is entered. */
interface Destination {
  id: string
  name: string
  access?: Partial<Pick<ClusterAccess, 'runCommandDisabled' | 'usesEntra'>>
}

const kubectlFor = (target: Target, means: ProberMeans): Prober =>
  noting(createKubectlFor(target, means), target, means)

const runCommandFor = (target: Target, means: ProberMeans): Prober =>
  noting(createRunCommandFor(target, means), target, means)

/** The same prober, with a note for the post step from its first pod on until its pods are deleted. */
function noting(prober: Prober, { id, name, access }: Target, { run, inputs }: ProberMeans): Prober {
  const left: PodsLeft = {
    kind: 'pods',
    cluster: id,
    name,
    usesEntra: access?.usesEntra ?? false,
    way: prober.name,
    namespace: inputs.probeNamespace,
    run,
  }
  let forget: (() => void) | undefined
  return {
    ...prober,
    round(...given) {
      forget ??= noteLeftover(left)
      return prober.round(...given)
    },
    async close() {
      const isClean = await prober.close()
      if (isClean) forget?.()
      return isClean
    },
  }
}

function createKubectlFor(target: Destination, means: ProberMeans): Prober {
  const { azure, clock, log, run, inputs, limit } = means
  const hasOther = inputs.probeWith === 'auto' && !target.access?.runCommandDisabled
  return createKubectl({
    attempt: attemptOn(target, means, 'kubectl'),
    run,
    clock,
    limit,
    signal: azure.signal,
    firstAnswerMs: hasOther ? firstAnswerMs.withOther : firstAnswerMs.alone,
    debug: line => {
      log.debug(line)
    },
    warn: text => {
      log.warn(text)
    },
    fetchToken: () => lasting(fetchToken(means, azure.signal)),
    forgetToken: () => {
      azure.credential.forget(aksServerScope)
    },
    async fetchKubeconfig() {
      const kubeconfig = await lasting(getKubeconfig(azure.clients, idOf(target), azure.signal))
      if (!isKubeconfig(kubeconfig)) throw noKubeconfig(target)
      secretsOf(kubeconfig).forEach(mask)
      return kubeconfig
    },
  })
}

function createRunCommandFor(target: Destination, means: ProberMeans): Prober {
  const { azure, clock, log, run } = means
  const requestOf = async (command: Command, signal: AbortSignal) => ({
    ...command,
    clusterToken: target.access?.usesEntra ? await fetchToken(means, signal) : '',
  })
  return createRunCommand({
    attempt: attemptOn(target, means, 'run-command'),
    run,
    clock,
    signal: azure.signal,
    debug: line => {
      log.debug(line)
    },
    warn: text => {
      log.warn(text)
    },
    execute: async (command, longestMs, onStart) => {
      const request = await lasting(requestOf(command, azure.signal))
      const running = runCommand(azure.clients, idOf(target), request, {
        sleep: ms => clock.sleep(ms, azure.signal),
        longestMs: Math.min(longestMs, means.inputs.timeoutMs + startMs),
        abortSignal: azure.signal,
        onStart,
      })
      return lasting(running)
    },
    forgetToken: () => {
      azure.credential.forget(aksServerScope)
    },
    async submit(command) {
      // Not the run's signal: this is also for after a cancellation, when some seconds are left.
      const signal = AbortSignal.timeout(5000)
      await submitCommand(azure.clients, idOf(target), await requestOf(command, signal), signal)
    },
  })
}

/**
 * What Azure fails for may pass while the nodes are waited for: the SDK's retries last some seconds, an outage longer.
 * @throws ActionError that recovers
 */
async function lasting<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    const passes = error instanceof ActionError && ['AZURE_UNAVAILABLE', 'THROTTLED'].includes(error.code)
    throw passes ? error.with({ recovers: true }) : error
  }
}

function attemptOn({ id, name }: Destination, { azure, inputs }: ProberMeans, way: Prober['name']) {
  return { cluster: { id, name }, namespace: inputs.probeNamespace, objectId: azure.caller.objectId, way }
}

/** The session keeps the token and renews it; it is masked from the moment it is there. */
async function fetchToken({ azure }: ProberMeans, abortSignal: AbortSignal): Promise<string> {
  return (await azure.credential.getToken(aksServerScope, { abortSignal })).token
}

function idOf({ id }: Destination) {
  const parsed = parseResourceId(id)
  if (!parsed) throw new Error(`not a cluster's resource ID: ${id}`)
  return parsed
}

function noKubectl({ id, name }: Target): ActionError {
  return new ActionError('PROBE_FAILED', `The nodes of ${name} could not be probed: kubectl is not on the runner.`, {
    subject: name,
    resource: id,
    reason: 'kubectl is not on the runner',
    fix: fix(
      'GitHub-hosted runners have it. On this one install it in a step before, or set probe-with: run-command (or leave it at auto):',
      az`aks install-cli`,
    ),
  })
}

function noKubeconfig({ id, name }: Destination): ActionError {
  return new ActionError(
    'CLUSTER_UNREACHABLE',
    `The nodes of ${name} could not be probed: Azure returned no kubeconfig, or an incomplete one.`,
    {
      subject: name,
      resource: id,
      reason: 'Azure returned no kubeconfig',
      recovers: true,
      fix: fix(
        'Run the step again later, or set probe-with: run-command. To see what Azure returns:',
        aksCommand('get-credentials', id, '--file - --only-show-errors'),
      ),
    },
  )
}

function runCommandDisabled({ id, name, access }: Target, hasKubectl: boolean): ActionError {
  const why = access?.isPrivate
    ? 'its API server is private'
    : hasKubectl
      ? 'probe-with asks for it'
      : 'kubectl is not on the runner'
  return new ActionError(
    'CLUSTER_UNREACHABLE',
    `The nodes of ${name} could not be probed: Run Command is disabled on the cluster, and ${why}.`,
    {
      subject: name,
      resource: id,
      fix: fix(
        'Run the job on a runner inside its network, with kubectl and probe-with: kubectl; or allow Run Command:',
        enableRunCommandCommand(id),
      ),
    },
  )
}
