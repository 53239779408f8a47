import { aksServerApplication } from '../../../src/services/tokens/access-tokens.js'
import { createContoso } from '../../../src/contoso.js'
import type { Answer } from '../../../src/client.js'
import type { Kubernetes, Pod, Registry } from '../../../src/index.js'
import type { World } from '../../../src/world/world.js'
import {
  answerOf,
  eventsOf,
  refusalOf,
  requestOf,
  type KubernetesRecord,
  type PodChange,
  type Refusal,
} from '../../../src/recording/kubernetes-records.js'
import type { Change } from '../../../src/world/kubernetes-store.js'
import { start, takeProblems, type Fixture } from '../fixture.js'
import { plainPod, probePod, type CpuLimit } from './probe-pod.js'

/** How far a pod gets before it is deleted. */
type Ending = 'made' | 'rejected' | 'creating' | 'pulling' | 'refused' | 'started' | 'ended' | 'running'

/** A simulated cluster in the situation of a record. */
export interface Replay {
  readonly fixture: Fixture
  readonly kubernetes: Kubernetes
  readonly world: World
  readonly registry: Registry
  readonly node: string
  /** The image of the next probes, `team/app:1.0` by default. */
  image: string
  /** Gives the nodes AcrPull; returns a function that takes it again. */
  grant(): () => void
  /** The nodes get a credential that the registry then no longer takes. */
  growStale(): Promise<void>
  /** Makes a probe and waits; the name of the pod, or undefined if it was refused. */
  make(ending: Ending, run?: string): Promise<string | undefined>
  /** Makes a probe, waits, and deletes it. */
  probe(ending: Ending): Promise<void>
  /** Makes a pod that runs the image, and deletes it. */
  runPlain(): Promise<void>
  /** Deletes the probes as the recorded step did. */
  clean(): Promise<void>
  /** Sends a request in the form of the records. */
  ask(request: string): Promise<Answer>
  /** Sends the recorded requests of these verbs that were answered like this. */
  askAll(verb: string, code?: number): Promise<void>
  /** Creates an object as an administrator. */
  add(path: string, object: object): Promise<void>
  /** Begins to watch only now. */
  watch(): void
  until(holds: () => boolean): Promise<void>
  eventsOf(pod: string, reason: string, message?: string): number
}

/** What a simulated cluster said. */
export interface Played {
  readonly pods: readonly (readonly PodChange[])[]
  readonly events: KubernetesRecord['events']
  readonly answers: readonly string[]
  readonly refusals: readonly Refusal[]
}

export interface ReplayOptions {
  readonly namespace: string
  readonly cpu: CpuLimit
  readonly record: KubernetesRecord
  /** What the user is allowed to, everything by default. */
  readonly rules?: Parameters<Kubernetes['bind']>[0]['role']
  /** Whether the user has no valid token. */
  readonly isUnknown?: boolean
}

const ownRun = 'b7581d5f'
const methods: Readonly<Record<string, string>> = {
  list: 'GET',
  create: 'POST',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}
/** Longer than any test waits. */
const never = 2 ** 31 - 1

/** Starts a cluster with one node like the recorded one. */
export async function startReplay({
  namespace,
  cpu,
  record,
  rules = 'cluster-admin',
  isUnknown = false,
}: ReplayOptions): Promise<{
  readonly replay: Replay
  readonly played: () => Played
}> {
  const contoso = createContoso()
  const { world, group, registry, deployer } = contoso
  const cluster = group.addCluster('aks-records', { aad: true, agentPools: [{ name: 'nodepool1', count: 1 }] })
  const { kubernetes } = cluster
  const fixture = await start({ contoso, timing: { podEndMs: never } })
  const [node = ''] = kubernetes.nodes.map(({ metadata }) => metadata.name)
  kubernetes.updateNode(node, ({ status }) => {
    status.nodeInfo.kubeletVersion = record.kubelet ?? 'v1.34.2'
  })
  kubernetes.bind({ principalId: deployer.objectId, role: rules })
  fillRegistry(registry)
  const base = `https://${String(cluster.body.properties.fqdn)}`
  const token = isUnknown ? 'unknown' : await fixture.client.signIn(deployer, aksServerApplication)
  if (isUnknown) takeProblems(fixture.simulator)

  const histories = new Map<string, PodChange[]>()
  const answers = new Set<string>()
  const refusals: Refusal[] = []
  const listeners = new Set<() => void>()
  const note = (pod: Pod, type: PodChange['type']): void => {
    if (pod.metadata.namespace !== namespace) return
    const uid = pod.metadata.uid ?? ''
    const isDeleting = pod.metadata.deletionTimestamp !== undefined
    const change = { type, isDeleting, status: { ...pod.status }, seconds: 0 }
    histories.set(uid, [...(histories.get(uid) ?? []), change])
  }
  kubernetes.store.onChange(({ resource, object, type }: Change) => {
    if (resource === 'pods') note(object as Pod, type)
    for (const listener of [...listeners]) listener()
  })

  const send = async (verb: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fixture.client.send(methods[verb] ?? verb, `${base}${path}`, {
      token,
      ...(body === undefined ? {} : { body }),
    })
    answers.add(answerOf(verb, path, answer.status))
    if (answer.status >= 400) refusals.push(refusalOf(requestOf(verb, path), answer.json))
    return answer
  }
  const find = (name: string): Pod | undefined => kubernetes.store.find('pods', namespace, name)

  const replay: Replay = {
    ...{ fixture, kubernetes, world, registry, node, image: `${registry.loginServer}/team/app:1.0` },
    grant() {
      const { objectId } = cluster.kubeletIdentity
      const assignment = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return () => {
        world.assignments.remove(assignment)
      }
    },
    async growStale() {
      const take = replay.grant()
      const path = '/api/v1/namespaces/default/pods'
      kubernetes.addNamespace('before')
      await replay.add(path.replace('default', 'before'), plainPod(node, replay.image))
      await replay.until(() => kubernetes.pulls.length > 0)
      take()
    },
    async make(ending, run = ownRun) {
      if (ending === 'ended') world.timing.podEndMs = 10
      const answer = await send(
        'create',
        `/api/v1/namespaces/${namespace}/pods`,
        probePod(run, node, replay.image, cpu),
      )
      if (answer.status !== 201) return undefined
      const { name } = (answer.json as unknown as Pod).metadata
      await replay.until(() => hasGot(name, ending))
      return name
    },
    async probe(ending) {
      await replay.make(ending)
      await replay.clean()
    },
    async runPlain() {
      await replay.add(`/api/v1/namespaces/${namespace}/pods`, plainPod(node, replay.image))
      await replay.until(() => find('puller')?.status.phase === 'Running')
      await fixture.client.send('DELETE', `${base}/api/v1/namespaces/${namespace}/pods/puller`, { token })
      await replay.until(() => find('puller') === undefined)
    },
    async clean() {
      const recorded = record.answers.filter(line => /^delete(collection)? .* 200$/.test(line))
      const own = `deletecollection /api/v1/namespaces/${namespace}/pods labelSelector=attach-acr%2Frun%3D<run>`
      for (const line of recorded.length === 0 ? [own] : recorded) await replay.ask(line.replace(/ 200$/, ''))
    },
    async ask(request) {
      const [verb = '', path = '', ...selectors] = request.split(' ')
      const [pod] = kubernetes.store.list('pods', namespace)
      const filled = [path, selectors.join('&')]
        .filter(Boolean)
        .join('?')
        .replaceAll('attach-acr-probe-<run>-<pod>', pod?.metadata.name ?? '')
        .replaceAll('<run>', ownRun)
      return send(verb, filled)
    },
    async askAll(verb, code = 200) {
      const ending = ` ${String(code)}`
      for (const line of record.answers) {
        if (line.startsWith(`${verb} `) && line.endsWith(ending)) await replay.ask(line.slice(0, -ending.length))
      }
    },
    async add(path, object) {
      const answer = await fixture.client.send('POST', `${base}${path}`, {
        token: kubernetes.tokens.admin,
        body: object,
      })
      if (answer.status !== 201) throw new Error(answer.text)
    },
    watch() {
      histories.clear()
      for (const pod of kubernetes.store.list('pods', namespace)) note(pod, 'ADDED')
    },
    until: holds =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!holds()) return
          clearTimeout(timer)
          listeners.delete(look)
          resolve()
        }
        const timer = setTimeout(() => {
          const seen = [...histories.values()].map(changes => changes.at(-1)?.status)
          reject(
            new Error(
              `it never came: ${JSON.stringify(seen)} ${JSON.stringify(kubernetes.events.map(({ message }) => message))}`,
            ),
          )
        }, 60_000)
        listeners.add(look)
        look()
      }),
    eventsOf: (pod, reason, message) =>
      kubernetes.events
        .filter(
          event =>
            event.involvedObject.name === pod &&
            event.reason === reason &&
            (message === undefined || event.message === message),
        )
        .reduce((sum, { count = 1 }) => sum + count, 0),
  }

  const hasGot = (name: string, ending: Ending): boolean => {
    const [status] = find(name)?.status.containerStatuses ?? []
    switch (ending) {
      case 'made':
        return true
      case 'creating':
        return status !== undefined && replay.eventsOf(name, 'FailedToRetrieveImagePullSecret') > 0
      case 'pulling':
        return replay.eventsOf(name, 'Pulling') > 0
      case 'refused':
        return replay.eventsOf(name, 'Failed', 'Error: ImagePullBackOff') > 0
      case 'started':
        return status?.state.terminated !== undefined
      case 'rejected':
      case 'ended':
        return find(name)?.status.phase === 'Failed'
      case 'running':
        return status?.state.running !== undefined
    }
  }

  return {
    replay,
    played: () => ({
      pods: [...histories.values()],
      events: eventsOf(
        kubernetes.events
          .filter(({ metadata }) => metadata.namespace === namespace)
          .map(({ type, reason, message, count, source, involvedObject: { fieldPath } }) => ({
            ...{ type, reason, message, count: count ?? null },
            ...{ source: source.component ?? null, fieldPath: fieldPath ?? null },
          })),
      ),
      answers: [...answers],
      refusals,
    }),
  }
}

/** The images of the recorded registry. */
function fillRegistry({ images }: Registry): void {
  images.push('team/app', '1.0')
  images.push('team/arm', '1', { platform: 'linux/arm64' })
  images.push('team/arm', 'idx', { platforms: ['linux/arm64'] })
  images.push('team/arm', 'multi', { platforms: ['linux/amd64', 'linux/arm64'] })
  images.push('nginx', 'v1')
  images.push('attach-acr/pause', '3.10')
}
