import { createHash } from 'node:crypto'
import { labelOf } from '../../model/registry.js'
import { normalizeId } from '../../model/resource-id.js'
import type { Inputs } from '../../model/inputs.js'

/** The identity of a step, by which its issue is found. */
export interface StepIdentity {
  /** Path of the workflow's file: unlike its name it is unique, and unlike its ref the same on every branch. */
  workflow: string
  /** Its name, by which the issue is found after the file was renamed. */
  name: string
  job: string
  /** The step's `id`, or the name that the runner gives it: different for each step of a job. Empty if the runner does not set it. */
  step: string
  /** Hash of which clusters and registries are checked. */
  scope: string
  /** Hash of the desired state: role, group, repositories, images. */
  desired: string
}

/** The hidden first line of a step's issue. */
export function identityMarker({ workflow, name, job, step, scope, desired }: StepIdentity): string {
  const parts = { workflow, name, job, step, scope, wish: desired }
  const fields = Object.entries(parts).map(([field, value]) => `${field}=${encode(value)}`)
  return `<!-- attach-acr drift ${fields.join(' ')} -->`
}

/** Reads the hidden first line of an issue; undefined if it is another text. */
export function readIdentity(body: string): StepIdentity | undefined {
  const [first = ''] = body.split(/\r?\n/, 1)
  const found =
    /^<!-- attach-acr drift workflow=(\S*) name=(\S*) job=(\S*) step=(\S*) scope=(\S*) wish=(\S*) -->$/.exec(first)
  if (!found) return undefined
  const [workflow = '', name = '', job = '', step = '', scope = '', desired = ''] = found.slice(1).map(decode)
  return { workflow, name, job, step, scope, desired }
}

/** Whether an issue belongs to exactly this step: same scope, same desired state, whatever the step is called. */
export function isSameStep(a: StepIdentity, b: StepIdentity): boolean {
  return a.workflow === b.workflow && a.job === b.job && a.scope === b.scope && a.desired === b.desired
}

/** Whether an issue may belong to this step from before clusters were added to it, or from before its workflow's file was renamed. */
export function isFormerStep(a: StepIdentity, b: StepIdentity): boolean {
  const isSameWorkflow = a.workflow === b.workflow || (a.name !== '' && a.name === b.name)
  // Two steps of a job may check the same cluster, and one of them others, too: each keeps its own issue.
  const isOtherStep = a.step !== '' && b.step !== '' && a.step !== b.step
  return isSameWorkflow && !isOtherStep && a.job === b.job && a.desired === b.desired
}

/** A hash of the desired state: different for two steps that check the same clusters for different things. */
export function desiredOf({ role, group, repositories, images }: Inputs): string {
  const desired = [
    JSON.stringify(role),
    group,
    [...repositories].sort().join('\n'),
    images
      .map(({ text, repository, tag }) => `${text} => ${repository}:${tag}`)
      .sort()
      .join('\n'),
  ]
  return hash(desired.join('\n×\n').toLowerCase(), 16)
}

/** A hash of targets × registries as the inputs name them, in any order, letter case and spelling of a registry. */
export function scopeOf({ clusters, kubeletIdentities, registries, subscriptionId }: Inputs): string {
  const names = [
    ...clusters.map(cluster =>
      cluster.kind === 'id' ? cluster.text : `${subscriptionId}/${cluster.resourceGroup}/${cluster.text}`,
    ),
    ...kubeletIdentities.map(({ text }) => text),
  ]
  const servers = registries.map(({ text }) => labelOf(text))
  return hash([names, servers].map(list => list.map(normalizeId).sort().join('\n')).join('\n×\n'), 16)
}

/** The first characters of a text's SHA-256. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Without spaces, and without anything that would end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('--', '%2D%2D')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
