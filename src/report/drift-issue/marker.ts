import { createHash } from 'node:crypto'
import { labelOf } from '../../model/registry.js'
import { normalizeId } from '../../model/resource-id.js'
import type { Inputs } from '../../model/wanted.js'

/** The identity of a step, which tells its issue from those of others. */
export interface StepIdentity {
  /** Path of the workflow's file: unlike its name it is unique, and unlike its ref the same on every branch. */
  workflow: string
  /** Its name, by which the issue is found after the file was renamed. */
  name: string
  job: string
  /** The step's `id`, or the name that the runner gives it: tells the steps of a job apart. Empty where it is not told. */
  step: string
  /** Hash of which clusters and registries are checked. */
  scope: string
  /** Hash of what is wanted of them: role, group, repositories, images. */
  wish: string
}

/** The hidden first line of a step's issue. */
export function identityMarker({ workflow, name, job, step, scope, wish }: StepIdentity): string {
  const parts = { workflow, name, job, step, scope, wish }
  const fields = Object.entries(parts).map(([field, value]) => `${field}=${encode(value)}`)
  return `<!-- attach-acr drift ${fields.join(' ')} -->`
}

/** Reads the hidden first line of an issue; undefined where it is another text. */
export function readIdentity(body: string): StepIdentity | undefined {
  const [first = ''] = body.split(/\r?\n/, 1)
  const found =
    /^<!-- attach-acr drift workflow=(\S*) name=(\S*) job=(\S*) step=(\S*) scope=(\S*) wish=(\S*) -->$/.exec(first)
  if (!found) return undefined
  const [workflow = '', name = '', job = '', step = '', scope = '', wish = ''] = found.slice(1).map(decode)
  return { workflow, name, job, step, scope, wish }
}

/** Whether an issue is one of exactly this step: whatever the step is called, it looks at the same things for the same. */
export function isSameStep(a: StepIdentity, b: StepIdentity): boolean {
  return a.workflow === b.workflow && a.job === b.job && a.scope === b.scope && a.wish === b.wish
}

/** Whether an issue may be one of this step before clusters were added to it, or before the file of its workflow was renamed. */
export function isFormerStep(a: StepIdentity, b: StepIdentity): boolean {
  const isSameWorkflow = a.workflow === b.workflow || (a.name !== '' && a.name === b.name)
  // Two steps of a job may look at the same cluster, one of them at others besides: each keeps its own issue.
  const isOtherStep = a.step !== '' && b.step !== '' && a.step !== b.step
  return isSameWorkflow && !isOtherStep && a.job === b.job && a.wish === b.wish
}

/** A hash of what is wanted: it differs for two steps that look at the same clusters but want different things. */
export function wishOf({ role, group, repositories, images }: Inputs): string {
  const wanted = [
    JSON.stringify(role),
    group,
    [...repositories].sort().join('\n'),
    images
      .map(({ text, repository, tag }) => `${text} => ${repository}:${tag}`)
      .sort()
      .join('\n'),
  ]
  return hash(wanted.join('\n×\n').toLowerCase(), 16)
}

/** A hash of targets × registries as the inputs name them: in any order, letter case and spelling of a registry, and whatever is found of them. */
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

/** Without spaces, and without what would end an HTML comment. */
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
