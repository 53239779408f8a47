import pLimit from 'p-limit'
import { aksCommand, normalizeId, type Target } from 'azure'
import type { AzureContext } from 'azure-clients'
import {
  checkManifests,
  checkRunning,
  createRunningLookUp,
  readSoftDelete,
  rememberImports,
  selectLost,
} from 'image-uses'
import { ActionError, attempt, distinctOf, fix, valuesOf, type Clock, type Result } from 'kernel'
import { isForNodes } from 'run-model'
import type { ClusterWorkloads, Inputs, Observed, PlannedRun, Progress, Result as Ended, Run } from 'run-model'
import { concludeImages } from 'run-report'
import type { Logger } from 'runner'
import { applyImages } from './apply/images.js'
import type { Prepared, VerifyDeps } from './verify/verify.js'

/** Stages shorter than this had nothing to do, in milliseconds. */
const minStageMs = 50

export type Stopwatch = ReturnType<typeof createStopwatch>

/** Records the duration of each stage, by default from now on, even if it fails, unless it had nothing to do. */
export function createStopwatch(clock: Clock) {
  const stages: Run['stages'][number][] = []
  const stage = async <T>(name: string, work: () => Promise<T>, startedAt = clock.now()): Promise<T> => {
    try {
      return await work()
    } finally {
      const finishedAt = clock.now()
      if (finishedAt - startedAt >= minStageMs) stages.push({ name, startedAt, finishedAt })
    }
  }
  return { stage, stages }
}

/**
 * Starts everything about images: it imports those that are planned, and looks up those of manifests and of the clusters' workloads. All of it runs side
 * by side with the other stages, and none of it throws: failures and cancellations are values.
 */
export function startImageStages(
  { observed, plan }: PlannedRun,
  { azure, inputs, clock }: Pick<VerifyDeps, 'azure' | 'inputs' | 'clock'>,
  prepared: Prepared,
  stage: Stopwatch['stage'],
  progress: Progress['images'],
) {
  const { registries } = observed
  // A check imports nothing: nodes pull the images that exist, or that only they can see.
  const importAll = () =>
    inputs.mode === 'check'
      ? concludeImages({ plan, inputs, images: [] })
      : applyImages(azure, plan.images, inputs, clock, progress)
  const images = stage('Import', async () => importAll())
  const remembering = images.then(ended => rememberImports(azure, ended))
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const lookingUp = remembering.then(known => createRunningLookUp(known, existing, inputs.concurrency))
  // What it has looked up is remembered, so that only the verdict is left when all clusters are read.
  const lookUp = async (seen: readonly ClusterWorkloads[]) => (await lookingUp)(seen)
  const look = () => readClusterWorkloads(observed, prepared, inputs, seen => lookUp([seen]))
  const workloads = inputs.workloads && stage('Workloads', look)
  const manifests = Promise.all([images, remembering]).then(([imported, known]) =>
    stage('Manifests', () => checkManifests(known, registries, imported, inputs)),
  )
  const check = async (seen: readonly ClusterWorkloads[]) => {
    const answered = await lookUp(seen)
    const softDelete = await readSoftDelete(azure, selectLost(answered))
    return answered.map(answer => checkRunning(answer, { images: inputs.images, softDelete }))
  }
  const watched = Promise.all([workloads, remembering]).then(
    async ([looks]) =>
      looks && { workloads: looks, images: await stage('Running images', () => check(valuesOf(looks))) },
  )
  /** The images that nodes can pull. */
  const pullable = Promise.all([images, manifests, watched]).then(([imported, used, running]) => [
    ...[...observed.probes, ...imported, ...used.images.filter(isForNodes)],
    ...(inputs.probesWorkloads && running ? running.images : []),
  ])
  return { images, manifests, watched, pullable }
}

/**
 * Reads what runs in the namespaces of the input `workloads`, one look per cluster, `concurrency` of them at once. A cluster whose look failed, or was
 * cancelled, has an error, because what runs there is unknown.
 * @param goOn what to do with a cluster's workloads while others are still being read
 */
async function readClusterWorkloads(
  { targets, registries }: Pick<Observed, 'targets' | 'registries'>,
  prepared: Prepared,
  { workloads: choice, concurrency }: Inputs,
  goOn: (seen: ClusterWorkloads) => Promise<unknown>,
): Promise<Result<ClusterWorkloads>[]> {
  if (!choice) return []
  const sessions = await prepared
  if (!sessions) return []
  const running = valuesOf(targets).filter(({ kind }) => kind === 'cluster')
  const clusters = distinctOf(running, ({ id }) => normalizeId(id))
  const own = valuesOf(registries).map(({ registry }) => registry)
  const limit = pLimit(concurrency)
  const { collectWorkloads } = await import('kubernetes/workloads')
  const look = async (target: Target): Promise<Result<ClusterWorkloads>> => {
    if (target.isStopped) return { error: stopped(target) }
    const read = async () => collectWorkloads(await sessions.workloads(target, choice), target, own)
    const { value, error } = await attempt(read, { orCancelled: true })
    if (!error) return { value }
    return { error: error.code === 'CANCELLED' ? error.with({ subject: target.name, resource: target.id }) : error }
  }
  return Promise.all(
    clusters.map(async target => {
      const seen = await limit(() => look(target))
      if (seen.value) await goOn(seen.value)
      return seen
    }),
  )
}

function stopped({ id, name }: Target): ActionError {
  const said = { what: `The workloads of ${name} could not be read`, why: 'the cluster is stopped' }
  const advice = fix('Start it and run the step again, or leave it out:', aksCommand('start', id))
  return new ActionError('CLUSTER_STOPPED', said, { subject: name, resource: id, fix: advice })
}

/** Completes the advice of a run that has failed, or was refused something: only then, what that needs is loaded. What is concluded is reported even if asking for the missing rights fails. */
export async function advise(
  azure: AzureContext | undefined,
  concluded: Ended,
  deps: { clock: Clock; log: Logger },
): Promise<Ended> {
  const { errors, findings } = concluded
  const isRefused = errors.length > 0 || findings.some(({ code }) => code === 'AUTHORIZATION_FAILED')
  if (!azure || !isRefused) return concluded
  try {
    const { adviseOnRights } = await import('./observe/rights.js')
    const { nameSubscriptions } = await import('./observe/subscriptions.js')
    return await adviseOnRights(azure, await nameSubscriptions(azure, concluded), deps)
  } catch (error) {
    deps.log.debug(`no advice on rights: ${String(error)}`)
    return concluded
  }
}

/** Adds the results of a stage to a run. */
export function learn<R extends Run>(
  run: R,
  news: Partial<
    Pick<Run, 'outcomes' | 'images' | 'verifications' | 'findings' | 'unknown' | 'notes'> & Pick<Observed, 'identities'>
  >,
): R {
  const { outcomes, images, verifications, identities, findings, unknown, notes } = news
  const { observed } = run
  return {
    ...run,
    ...(observed &&
      identities && { observed: { ...observed, identities: new Map([...observed.identities, ...identities]) } }),
    outcomes: [...run.outcomes, ...(outcomes ?? [])],
    images: [...run.images, ...(images ?? [])],
    verifications: new Map([...run.verifications, ...(verifications ?? [])]),
    findings: [...run.findings, ...(findings ?? [])],
    unknown: [...run.unknown, ...(unknown ?? [])],
    notes: [...run.notes, ...(notes ?? [])],
  }
}
