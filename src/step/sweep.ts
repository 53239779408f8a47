import { rm } from 'node:fs/promises'
import pLimit from 'p-limit'
import { connect, type AzureContext } from 'azure-clients'
import { messageOf } from 'kernel'
import type { Surroundings } from 'runner'
import { describeLeftPods, returnTo, selectRun } from 'kubernetes'
import type { Leftover, PodsLeft } from 'kubernetes'
import { readSignIn } from '../inputs/inputs.js'
import { beginSignIn, withIdToken } from './sign-in.js'

/** Time limit of a command inside a cluster, in milliseconds. It can wait up to a minute for one of the step that is still running. */
const commandMs = 90_000

const concurrency = 8

/**
 * The post step: deletes the leftovers of a step that was killed, folders with kubeconfigs first, and logs each. It sends no requests to Azure if no pods
 * are left. Never throws: pods that can't be deleted end by themselves, so that is a warning.
 */
export async function sweep(leftovers: readonly Leftover[], surroundings: Surroundings): Promise<void> {
  const { log } = surroundings
  for (const leftover of leftovers) {
    if (leftover.kind !== 'folder') continue
    try {
      await rm(leftover.path, { recursive: true, force: true })
      log.line('The step was killed; its kubeconfig is deleted.')
    } catch (error) {
      log.warn(`The step was killed, and its kubeconfig in ${leftover.path} could not be deleted: ${messageOf(error)}`)
    }
  }
  const pods = leftovers.filter(leftover => leftover.kind === 'pods')
  if (pods.length === 0) return
  const signedIn = signInAgain(surroundings)
  const limit = pLimit(concurrency)
  const removing = pods.map(async left => {
    try {
      await removePods(left, await signedIn, limit, surroundings)
      log.line(
        `The step was killed or cancelled, or could not delete its probe pods; none is left on ${left.name}, in the namespace ${left.namespace}.`,
      )
    } catch (error) {
      const cluster = { id: left.cluster, name: left.name }
      log.warn(describeLeftPods(left.prober, { cluster, namespace: left.namespace }, selectRun(left.run), error))
    }
  })
  await Promise.all(removing)
}

async function signInAgain(surroundings: Surroundings): Promise<AzureContext> {
  const inputs = readSignIn()
  const countRequest = (): void => undefined
  const signInWith = await withIdToken(inputs, surroundings, countRequest)
  const signingIn = await beginSignIn(signInWith, inputs.cloud, { ...surroundings, countRequest })
  const limits = { concurrency, timeoutMs: commandMs }
  const onNewRole = (sentence: string): void => {
    surroundings.log.line(sentence)
  }
  const { azure } = await connect({ ...surroundings, signingIn, inputs: { ...inputs, ...limits }, onNewRole })
  return azure
}

async function removePods(
  left: PodsLeft,
  azure: AzureContext,
  limit: <T>(work: () => Promise<T>) => Promise<T>,
  { clock, log }: Surroundings,
): Promise<void> {
  const inputs = { probeWith: left.prober, probeNamespace: left.namespace, timeoutMs: commandMs }
  const prober = returnTo(left, { azure, inputs, clock, log, run: left.run, limit })
  try {
    await prober.removePods(left.startsUntil)
  } finally {
    await prober.close()
  }
}
