import { createHash } from 'node:crypto'
import { isSameLabel, labelOf, lastSegment, normalizeId } from 'azure'
import type { Report } from 'report-document'
import type { Inputs } from 'run-model'

/** What is checked: the part of a step's identity that its inputs decide. */
export interface StepScope {
  mode: 'check' | 'merge'
  /** Hash of the desired state: the access and the images, and how they are proven. */
  desired: string
  /** Labels of the registries, in lower case; empty in `merge`, whose fleet names them. */
  registries: string[]
  /** Each target or entry of the fleet, as hashes of the values that name it. */
  places: string[][]
}

/** The identity of a step, by which its issue is found. */
export interface StepIdentity extends StepScope {
  /** Path of the workflow's file, that of the caller for a reusable workflow: unlike its name it is unique, and unlike its ref the same on every branch. */
  workflow: string
  /** Its name, by which the issue is found after the file was renamed. */
  name: string
  job: string
  /** The step's `id`, or the name that the runner gives it: different for each step of a job. Empty if the runner does not set it. */
  step: string
  /** The run of the workflow that wrote it last. */
  run: string
}

/**
 * Whether an issue belongs to exactly this step, whatever the step is called: two calls of a reusable workflow have the same caller and job (GitHub
 * names the called job), and differ only in what they check.
 */
export function isSameStep(a: StepIdentity, b: StepIdentity): boolean {
  return (
    a.workflow === b.workflow &&
    a.job === b.job &&
    a.mode === b.mode &&
    a.desired === b.desired &&
    isSameSet(a.registries, b.registries, isSameLabel) &&
    isSameSet(a.places, b.places, isSamePlace)
  )
}

/**
 * Whether an issue may belong to this step from before its clusters, registries or fleet changed, or from before its workflow's file was renamed. An issue
 * that this very run wrote belongs to another step of it: another call of a reusable workflow, or another job of a matrix.
 */
export function isFormerStep(issue: StepIdentity, step: StepIdentity): boolean {
  const isSameWorkflow = issue.workflow === step.workflow || (issue.name !== '' && issue.name === step.name)
  // Two steps of a job may check the same cluster, and one of them others, too: each keeps its own issue.
  const isOtherStep = issue.step !== '' && step.step !== '' && issue.step !== step.step
  const isOfThisRun = issue.run !== '' && issue.run === step.run
  return (
    isSameWorkflow &&
    !isOtherStep &&
    !isOfThisRun &&
    issue.job === step.job &&
    issue.mode === step.mode &&
    issue.desired === step.desired
  )
}

/** Whether two steps check a part of the same. */
export function overlap(a: StepScope, b: StepScope): boolean {
  const isCommon = a.registries.some(label => b.registries.some(other => isSameLabel(label, other)))
  return (isCommon || a.mode === 'merge') && a.places.some(place => b.places.some(other => isSamePlace(place, other)))
}

function isSameSet<T>(a: readonly T[], b: readonly T[], isSame: (a: T, b: T) => boolean): boolean {
  return a.every(each => b.some(other => isSame(each, other))) && b.every(each => a.some(other => isSame(each, other)))
}

/** Whether one of two places only has more values: an entry of the fleet that got another key, or a cluster whose resource group is named, too. */
function isSamePlace(a: readonly string[], b: readonly string[]): boolean {
  const [few, many] = a.length < b.length ? [a, b] : [b, a]
  return few.length > 0 && few.every(value => many.includes(value))
}

/** What a `check` checks, whatever the order and the spelling of its inputs. */
export function scopeOfInputs(inputs: Inputs): StepScope {
  const { clusters, kubeletIdentities, registries, subscriptionId } = inputs
  const places = [
    ...clusters.map(cluster => {
      if (cluster.kind === 'id') return [cluster.id.subscriptionId, cluster.id.resourceGroup, cluster.id.name]
      const { kind, text, resourceGroup } = cluster
      // All of a subscription is not the same as all of one of its groups.
      return [
        subscriptionId,
        resourceGroup || (kind === 'all' ? '*' : ''),
        kind === 'all' ? `all ${resourceGroup}` : text,
      ]
    }),
    ...kubeletIdentities.map(({ text }) => [text]),
    // Each by itself, so that a step whose filters change is known by the rest.
    ...clusters.flatMap(each => (each.kind === 'all' ? each.filters.map(({ text }) => [`cluster ${text}`]) : [])),
    ...registries.flatMap(each =>
      each.kind === 'all'
        ? [
            [`registries of ${subscriptionId} ${each.resourceGroup}`],
            ...each.filters.map(({ text }) => [`registry ${text}`]),
          ]
        : [],
    ),
  ]
  return {
    mode: 'check',
    desired: desiredOf(inputs),
    registries: registries.map(({ text }) => labelOf(text)).sort(),
    places: sortPlaces(places),
  }
}

/** A hash of the desired state: different for two steps that check the same clusters for different things. */
function desiredOf(inputs: Inputs): string {
  const { cloud, role, group, repositories, images, forceImport, createRegistry } = inputs
  const { verify, probeImages, probeNodes, probeServiceAccount, manifestGlobs, workloads } = inputs
  const imported = images.map(({ text, repository, tag }) => `${text} => ${repository}:${tag}`)
  const lists = [repositories, imported, probeImages.map(({ text }) => text), manifestGlobs]
  const single = { cloud: cloud.name, role, group, forceImport, createRegistry, verify }
  // Which nodes are probed, and as whom, only matters if any are.
  const probes = verify === 'pull' ? [probeNodes, probeServiceAccount] : []
  const desired = [single, probes, lists.map(list => [...list].sort())]
  // Without the input, the hash is that of a step from before there was one.
  const watched = workloads ? [workloads] : []
  return hash(JSON.stringify([...desired, ...watched]).toLowerCase(), 16)
}

/** Keys that don't show what a job checks. */
export const credentialKeys = ['client-id', 'tenant-id']

/**
 * What a `merge` merges: the entries of its fleet, whatever their order, their keys and the spelling of their registries; without a fleet, what its reports
 * checked.
 */
export function scopeOfFleet(fleet: readonly unknown[], reports: readonly Report[] = []): StepScope {
  if (fleet.length > 0) return scopeOfEntries(fleet.map(valuesOfEntry))
  const entries = reports.map(({ searched, pairs }) => {
    // A list of clusters changes by itself.
    const targets = searched.length > 0 ? [] : pairs.map(({ asked }) => asked.target)
    return valuesOfScope(searched, [...pairs.map(({ asked }) => asked.registry), ...targets])
  })
  return scopeOfEntries(entries)
}

/** @param entries the values of each entry, or of each report if the fleet is not known */
export function scopeOfEntries(entries: readonly (readonly string[])[]): StepScope {
  const places = entries.map(values => values.flatMap(linesOf).map(normalizeValue))
  return { mode: 'merge', desired: '', registries: [], places: sortPlaces(places) }
}

function valuesOfEntry(entry: unknown): string[] {
  if (typeof entry !== 'object' || entry === null) return [String(entry)]
  return Object.entries(entry).flatMap(([key, value]: [string, unknown]) =>
    credentialKeys.includes(key) ? [] : typeof value === 'string' ? value : JSON.stringify(value),
  )
}

/** The lines of a text that aren't blank. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

const registryId = /\/providers\/Microsoft\.ContainerRegistry\/registries\/[^/]+\/*$/i

const loginServer = /^(?:https:\/\/)?([a-z0-9-]+)(?:\.[a-z0-9]+\.geo)?\.azurecr\.(?:io|us|cn)\/*$/i

/** A value in one spelling: registries by their names, everything in lower case. */
function normalizeValue(value: string): string {
  if (registryId.test(value)) return labelOf(value)
  const [, label = ''] = loginServer.exec(value) ?? []
  return label ? label.toLowerCase().replace(/-.*/, '') : normalizeId(value)
}

/** The values of a report that show what its job checked, as an entry of the fleet would. */
export function valuesOfScope(searched: readonly string[], registries: readonly string[]): string[] {
  // A subscription by its ID, and a resource group by its name and that of its subscription.
  const scopes = searched.flatMap(scope => {
    const [, subscription = '', group] = /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?/i.exec(scope) ?? []
    return [subscription || lastSegment(scope), ...(group ? [group] : [])]
  })
  return [...new Set([...scopes, ...registries])]
}

/** Hashed, because hundreds of them have to fit into an issue; in one order, so that they are compared by text, too. */
function sortPlaces(places: readonly (readonly string[])[]): string[][] {
  const hashed = places.map(values => [...new Set(values.filter(Boolean).map(value => hash(normalizeId(value), 6)))])
  return [...new Map(hashed.map(values => [[...values].sort().join('.'), values])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, values]) => [...values].sort())
}

/** The first characters of a text's SHA-256. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}
