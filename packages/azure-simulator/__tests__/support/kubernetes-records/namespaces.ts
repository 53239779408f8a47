// Records of namespaces and rights: what the API server refuses.
import { granted, type RecordCase } from './case.js'
import type { Replay } from './replay.js'

type Rules = Exclude<NonNullable<RecordCase['rules']>, string>

const pods = ['get', 'list', 'watch', 'create', 'delete', 'deletecollection'] as const

/** The rights of a deployer without some of those on pods, or without those on nodes. */
const rightsWithout = (...missing: string[]): Rules => [
  { apiGroups: [''], resources: ['pods'], verbs: pods.filter(verb => !missing.includes(verb)) },
  { apiGroups: [''], resources: ['nodes'], verbs: missing.includes('nodes') ? [] : ['get', 'list'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
]

/** A case in a namespace of its own. */
const inNamespace = (
  namespace: string,
  prepare: (replay: Replay) => unknown,
  play: RecordCase['play'] = granted,
): RecordCase => ({
  namespace,
  async play(replay) {
    if (namespace !== 'not-there') replay.kubernetes.addNamespace(namespace)
    await prepare(replay)
    await play(replay)
  },
})

const refused: RecordCase['play'] = async replay => {
  await replay.make('made')
  await replay.askAll('deletecollection')
}

const withQuota = (namespace: string, name: string, hard: Record<string, string>): RecordCase =>
  inNamespace(
    namespace,
    replay =>
      replay.add(`/api/v1/namespaces/${namespace}/resourcequotas`, {
        ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard } },
      }),
    refused,
  )

const withLimits = (
  namespace: string,
  limit: Parameters<Replay['kubernetes']['addLimitRange']>[1][number],
): RecordCase => inNamespace(namespace, ({ kubernetes }) => kubernetes.addLimitRange(namespace, [limit]), refused)

const withLabel =
  (namespace: string, level: 'baseline' | 'restricted') =>
  ({ kubernetes }: Replay): void => {
    const found = kubernetes.store.find('namespaces', undefined, namespace)
    if (found === undefined) throw new Error(`no namespace ${namespace}`)
    kubernetes.store.update('namespaces', found, ({ metadata }) => {
      metadata.labels = { ...metadata.labels, 'pod-security.kubernetes.io/enforce': level }
    })
  }

/** A ValidatingAdmissionPolicy. */
const requiringTeam =
  (action: 'Deny' | 'Warn') =>
  ({ kubernetes }: Replay): void => {
    kubernetes.admissionPolicies.push({
      name: 'require-team',
      action,
      deny: ({ metadata: { labels = {} } }) => (labels.team === undefined ? 'pods need the label team' : undefined),
    })
  }

/** The first list is refused. */
const refusedList: RecordCase['play'] = async replay => {
  await replay.askAll('list', 403)
}

export const namespaceCases: Readonly<Record<string, RecordCase>> = {
  'ns-none': inNamespace('not-there', () => undefined, refused),
  'ns-baseline': inNamespace('baseline', withLabel('baseline', 'baseline')),
  'ns-restricted': inNamespace('restricted', withLabel('restricted', 'restricted')),
  'ns-safeguards': inNamespace('safeguards', ({ kubernetes }) => {
    kubernetes.safeguards = 'Enforcement'
  }),
  'ns-labelled': inNamespace('labelled', requiringTeam('Deny'), refused),
  'rc-labelled': inNamespace('labelled', requiringTeam('Deny'), refused),
  'ns-warned': inNamespace('warned', requiringTeam('Warn')),
  'rc-warned': inNamespace('warned', requiringTeam('Warn')),
  'ns-hooked': inNamespace(
    'hooked',
    ({ kubernetes }) => {
      kubernetes.webhooks.push({
        name: 'dead.example.com',
        url: 'https://127.3.0.1:9443/validate?timeout=5s',
        outage: { cause: 'dial tcp 127.3.0.1:9443: connect: connection refused' },
      })
    },
    refused,
  ),
  'ns-podmax': withLimits('podmax', { type: 'Pod', min: { memory: '64Mi' } }),
  'ns-range': withLimits('range', { type: 'Container', min: { cpu: '100m', memory: '64Mi' } }),
  'ns-ratio': withLimits('ratio', { type: 'Container', maxLimitRequestRatio: { cpu: '2' } }),
  'ns-quota0': withQuota('quota', 'q', { pods: '0' }),
  'ns-quotacpu': withQuota('quotacpu', 'qc', { 'limits.cpu': '5m' }),
  'ns-terminating': inNamespace(
    'ending',
    ({ kubernetes }) => {
      kubernetes.terminateNamespace('ending')
    },
    refused,
  ),
  'ns-terminates-midway': inNamespace(
    'ending2',
    () => undefined,
    async replay => {
      await replay.probe('refused')
      replay.kubernetes.terminateNamespace('ending2')
      await replay.make('made')
    },
  ),
  'sa-none-at-all': {
    async play(replay) {
      const { store } = replay.kubernetes
      for (const account of store.list('serviceaccounts', 'default')) store.remove('serviceaccounts', account)
      await refused(replay)
    },
  },

  'rbac-no-create': { rules: rightsWithout('create'), play: refused },
  'rbac-no-delete': {
    rules: rightsWithout('delete'),
    async play(replay) {
      replay.grant()
      await replay.probe('ended')
    },
  },
  'rbac-no-deletecollection': {
    rules: rightsWithout('deletecollection'),
    async play(replay) {
      replay.grant()
      await replay.make('started')
      await replay.askAll('deletecollection', 403)
      await replay.clean()
    },
  },
  'rbac-no-nodes-list': { rules: rightsWithout('nodes'), play: refusedList },
  'rbac-no-pods-list': { rules: rightsWithout('list'), play: refusedList },
  'rbac-none': {
    rules: [],
    async play(replay) {
      await replay.ask('list /api/v1/nodes')
    },
  },
  'rbac-badtoken': {
    isUnknown: true,
    async play(replay) {
      await replay.ask('list /api/v1/nodes')
    },
  },
}
