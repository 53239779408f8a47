// Records of Kubernetes 1.36: what changes or refuses new pods, and nodes that are lost.
import { apiFaults } from '../../../src/index.js'
import type { RecordCase } from './case.js'
import type { Replay } from './replay.js'

/** The user of the fourth series. */
const rules: NonNullable<RecordCase['rules']> = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete', 'deletecollection'] },
  { apiGroups: [''], resources: ['nodes', 'events'], verbs: ['get', 'list'] },
]

const played = (
  namespace: string,
  prepare: (replay: Replay) => unknown,
  play: RecordCase['play'],
  except?: RecordCase['except'],
): RecordCase => ({
  ...{ namespace, rules },
  async play(replay) {
    await replay.askAll('list', 403)
    if (namespace !== 'default') replay.kubernetes.addNamespace(namespace)
    await prepare(replay)
    await play(replay)
  },
  ...(except === undefined ? {} : { except }),
})

const refusedBy = (namespace: string, ...plugin: Parameters<typeof apiFaults.notAdmitted>): RecordCase =>
  played(
    namespace,
    ({ fixture }) => {
      fixture.simulator.faults.add({ method: 'POST', path: '/pods', times: 1, ...apiFaults.notAdmitted(...plugin) })
    },
    async replay => {
      await replay.make('made')
      await replay.askAll('deletecollection')
    },
  )

/** A MutatingAdmissionPolicy, or a webhook: both act at the same place. */
const mutating =
  (mutate: NonNullable<Replay['kubernetes']['webhooks'][number]['mutate']>) =>
  ({ kubernetes }: Replay): void => {
    kubernetes.webhooks.push({ name: 'lab.example', mutate })
  }

const ended: RecordCase['play'] = async replay => {
  replay.grant()
  await replay.probe('ended')
}

export const pluginCases: Readonly<Record<string, RecordCase>> = {
  '4-q6-nodeselector-conflict': refusedBy('q6ns2', 'PodNodeSelector'),
  '4-q6-runtimeclass-none': refusedBy('q6-runtimeclass-none', 'RuntimeClass', 'attach-acr-probe-b4c8008f-'),
  '4-q6-tolerations': refusedBy('q6tol', 'PodTolerationRestriction'),
  '4-q6-nodeselector-one': played(
    'q6ns1',
    mutating(({ spec }) => (spec.nodeSelector = { ...spec.nodeSelector, pool: 'none' })),
    async replay => {
      await replay.probe('rejected')
    },
  ),
  '4-q6-labels-removed': played(
    'q6-labels-removed',
    mutating(({ metadata }) => (metadata.labels = { team: 'x' })),
    ended,
  ),
  '4-q6-finalizer': played(
    'q6-finalizer',
    mutating(({ metadata }) => (metadata.finalizers = ['lab.example/hold'])),
    async replay => {
      await ended(replay)
      for (const pod of replay.kubernetes.pods) replay.kubernetes.store.remove('pods', pod)
    },
  ),
  '4-q6-hostusers': played(
    'q6-hostusers',
    mutating(({ spec }) => (spec.hostUsers = false)),
    async replay => {
      replay.grant()
      await replay.probe('creating')
    },
  ),
  '4-n6-taint': played(
    'default',
    () => undefined,
    async replay => {
      await replay.probe('refused')
      replay.kubernetes.updateNode(replay.node, ({ spec }) => {
        spec.taints = [{ key: 'late', effect: 'NoExecute' }]
      })
      await replay.make('made')
      await replay.until(() => replay.kubernetes.pods.length === 0)
    },
    {
      events: /TaintToleration/,
      why: 'The kubelet and the controller notice the pod within milliseconds of each other; here, the controller is first.',
    },
  ),
  '4-sp-quiet': played(
    'default',
    ({ kubernetes }) => {
      kubernetes.podFaults.push({ kind: 'dies' })
    },
    async replay => {
      replay.grant()
      await replay.probe('creating')
    },
    {
      events: /Cancelling deletion/,
      why: 'The controller says so of a pod that it would have deleted after minutes; the simulated one does not count them.',
    },
  ),
}
