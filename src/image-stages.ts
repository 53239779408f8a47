import { checkManifests, checkRunning, createRunningLookUp, readSoftDelete, remember, selectLost } from 'image-uses'
import { valuesOf } from 'kernel'
import type { ClusterWorkloads, PlannedRun, Progress } from 'run-model'
import { concludeImages } from 'run-report'
import { applyImages } from './apply/images.js'
import type { Stopwatch } from './stopwatch.js'
import type { Prepared, VerifyDeps } from './verify/verify.js'
import { readWorkloads } from './verify/workloads.js'

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
  const remembering = images.then(ended => remember(azure, ended))
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const lookingUp = remembering.then(known => createRunningLookUp(known, existing, inputs.concurrency))
  // What it has looked up is remembered, so that only the verdict is left when all clusters are read.
  const lookUp = async (seen: readonly ClusterWorkloads[]) => (await lookingUp)(seen)
  const look = () => readWorkloads(observed, prepared, inputs, seen => lookUp([seen]))
  const workloads = inputs.workloads && stage('Workloads', look)
  const manifests = remembering.then(known => stage('Manifests', () => checkManifests(known, registries, inputs)))
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
    ...[...observed.probes, ...imported, ...used.images],
    ...(inputs.probesWorkloads && running ? running.images : []),
  ])
  return { images, manifests, watched, pullable }
}
