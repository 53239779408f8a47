import { labelOf, lastSegment, loginServerOf, namesOf, parseImageSource, type Registry, type Seen } from 'azure'
import { groupBy, nameSome, type ActionError, type Finding, type Result } from 'kernel'
import type { ClusterWorkloads, RunningImage, WorkloadContainer } from './workload.js'

/** An image that runs, before it is looked up. */
export type NamedRunningImage = Omit<RunningImage, 'status' | 'registryDigest'>

/** An image that runs, with the problem that the registry's answer showed. */
export interface CheckedRunningImage extends RunningImage {
  /** Set if it is gone or unknown. */
  error?: ActionError
  /** Set if its tag has moved. */
  finding?: Finding
}

/** The clusters' workloads, and the registries' answers about the images that run there. */
export interface CheckedWorkloads {
  /** One per cluster. */
  looks: readonly Result<ClusterWorkloads>[]
  images: readonly CheckedRunningImage[]
}

/** Both, if the step has checked workloads. */
export function watchedOf(run: {
  workloads: readonly Result<ClusterWorkloads>[]
  running?: readonly CheckedRunningImage[]
}): CheckedWorkloads | undefined {
  return run.running && { looks: run.workloads, images: run.running }
}

/** The resource ID of the cluster whose workloads could not be read, for which reason. */
export function clusterOf({ resource, subject }: ActionError): string {
  return resource || subject || ''
}

/** The registry's answers about an image that runs. */
export interface RunningAnswers {
  /** About the tag or digest that workloads name. */
  named: Seen
  /** About the digest that runs, if it is another one. */
  running?: Seen
  /** About the digest that the tag has now, if it is another one than the one that runs. */
  current?: Seen
}

/** An image that runs, with the registry's answers. */
export interface AnsweredImage {
  image: NamedRunningImage
  answers: RunningAnswers
}

/** A workload that runs an image. */
export interface RunningUse {
  /** Resource ID. */
  cluster: string
  namespace: string
  kind: string
  name: string
  container: string
  runningDigest: string
  pods: number
}

export function useOf(container: WorkloadContainer): RunningUse {
  const { target, namespace, kind, name, container: own, runningDigest, pods } = container
  return { cluster: target.id, namespace, kind, name, container: own, runningDigest, pods }
}

/** The distinct images that run and are in one of these registries: once per reference and running digest, whatever clusters and workloads use them. */
export function findRunning(
  clusters: readonly Pick<ClusterWorkloads, 'containers'>[],
  registries: readonly Registry[],
): NamedRunningImage[] {
  const byServer = new Map(registries.map(registry => [registry.loginServer.toLowerCase(), registry]))
  const found = clusters.flatMap(({ containers }) =>
    containers.flatMap(container => {
      const { host = '', repository = '', tag = '', digest = '' } = parseImageSource(container.image) ?? {}
      const registry = byServer.get(loginServerOf(host))
      return registry ? [{ registry, repository, reference: digest || tag, container }] : []
    }),
  )
  const groups = groupBy(found, ({ registry, repository, reference, container }) =>
    [registry.loginServer, repository, reference, container.runningDigest].join(' '),
  )
  return [...groups.values()].map(group => {
    const [{ registry, repository, reference, container }] = group
    const uses = group.map(each => each.container)
    return { registry, repository, reference, runningDigest: container.runningDigest, uses }
  })
}

/** `team/app:v1`, `team/app@sha256:…`. */
export function nameRunning({ repository, reference }: Pick<RunningImage, 'repository' | 'reference'>): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`
}

const prefix = 'running '

/** Key of an image that runs, by the host and the name that workloads use. */
export function runningKey(host: string, name: string): string {
  // Tags are case-sensitive.
  return `${prefix}${labelOf(host)} ${name}`
}

/** Whether a key belongs to an image that runs. */
export function isRunningKey(key: string): boolean {
  return key.startsWith(prefix)
}

/** Who runs an image, in one clause: `14 pods of 3 deployments on 2 clusters run it`, `1 cron job on aks-1 uses it`. */
export function countUses(uses: readonly RunningUse[]): string {
  const workloads = [...groupBy(uses, use => [use.cluster, use.namespace, use.kind, use.name].join(' ').toLowerCase())]
  // A pod with two containers of one image is one pod.
  const pods = workloads.reduce((sum, [, own]) => sum + countPods(own), 0)
  const clusters = [...new Set(uses.map(({ cluster }) => cluster.toLowerCase()))]
  const [only] = uses
  const place = clusters.length === 1 && only ? lastSegment(only.cluster) : count(clusters.length, 'cluster')
  const owners = workloads.flatMap(([, [{ kind }]]) => (kind === 'Pod' ? [] : kind))
  const kinds = [...groupBy(owners, kind => kind)].map(([kind, { length }]) => count(length, wordOf(kind)))
  const named = kinds.length > 2 ? count(owners.length, 'workload') : kinds.join(' and ')
  if (pods === 0)
    return `${named || count(workloads.length, 'pod')} on ${place} ${workloads.length === 1 ? 'uses' : 'use'} it`
  return `${count(pods, 'pod')}${named && ` of ${named}`} on ${place} ${pods === 1 ? 'runs' : 'run'} it`
}

function countPods(uses: readonly RunningUse[]): number {
  const byDigest = groupBy(uses, ({ runningDigest }) => runningDigest)
  return [...byDigest.values()].reduce((sum, own) => sum + Math.max(...own.map(({ pods }) => pods)), 0)
}

/** `Deployment shop/api on aks-1`, each workload once, the first ones. */
export function nameUses(uses: readonly RunningUse[], max: number): string {
  const nameCluster = namesOf(uses.map(({ cluster }) => ({ target: cluster })))
  const names = [
    ...new Set(
      uses.map(
        ({ kind, namespace, name, cluster }) => `${kind} ${namespace}/${name} on ${nameCluster({ target: cluster })}`,
      ),
    ),
  ].sort()
  return nameSome(names, max)
}

/** `CronJob` as `cron job`. */
const wordOf = (kind: string): string => kind.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
