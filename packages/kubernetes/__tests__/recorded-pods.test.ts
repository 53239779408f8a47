// Pods, events and refusals of a real Kubernetes 1.36.2 (API server, controller manager and kubelet), as the action reads them at each step.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ProbePod } from '../src/cluster-text.js'
import { explainKubectl } from '../src/errors.js'
import { judgePull } from '../src/pod-verdict.js'
import { labelled, labels, placeholderSecret, programOf } from '../src/probe-pod.js'
import { createRemains } from '../src/remains.js'

interface Status {
  phase: string
  reason?: string
  message?: string
  sandbox?: boolean
  imageID?: string
  state?: Partial<Record<'waiting' | 'terminated' | 'running', { reason?: string; message?: string }>>
}

interface RecordedPod {
  name: string
  labels: Record<string, string>
  finalizers?: string[]
  node: string
  image: string
  steps: { at: string; status: Status }[]
}

interface RecordedCase {
  case: string
  pods: RecordedPod[]
  events: { pod: string; reason: string; message: string; at: string }[]
  refused: { reason: string; message: string }[]
}

const file = new URL('recorded/pods-of-1-36.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedCase[]
const run = 'r'

/** The pod as its row says it. The program of these pods was still the same for all runs. */
function podOf({ name, node, image }: RecordedPod, status: Status): ProbePod {
  const [[state, { reason = '', message = '' }] = ['', {}]] = Object.entries(status.state ?? {})
  const container = { name: 'image-0', image, pullPolicy: 'Always', command: [programOf(run)], hasRun: false }
  const ended = { imageId: status.imageID ?? '', state: state as ProbePod['containers'][number]['state'] }
  return {
    ...{ name, node, run, probe: 0, createdAt: 0, initContainers: [], pullSecrets: [placeholderSecret(run)] },
    ...{ phase: status.phase, reason: status.reason ?? '', message: status.message ?? '' },
    hasSandbox: status.sandbox === true,
    containers: [{ ...container, ...ended, reason, message }],
  }
}

/** What each pod is judged as, step by step, each once. */
function judge({ pods, events }: RecordedCase): string[] {
  return pods.map(pod => {
    const seen = pod.steps.map(({ at, status }) => {
      const own = events.filter(event => event.pod === pod.name && Date.parse(event.at) <= Date.parse(at))
      const asked = { container: 'image-0', reference: pod.image }
      const { verdict, cause, doing } = judgePull(podOf(pod, status), asked, pod.node, own)
      return [verdict, cause, doing].filter(Boolean).join(' ')
    })
    return seen.filter((each, index) => each !== seen[index - 1]).join(', ')
  })
}

const attempt = { cluster: { id: '', name: 'aks-1' }, namespace: 'probes' }

test('each recorded pod is judged at each step', () => {
  expect(Object.fromEntries(recorded.map(each => [each.case, judge(each)]))).toEqual({
    // The taint controller deletes each pod of the tainted node within a second: nothing more is heard of it.
    '4-n6-taint': ['silent, quiet, starting, denied no-credential', 'silent'],
    '4-q6-finalizer': ['silent, quiet, starting, pulled'],
    '4-q6-hostusers': ['silent'],
    '4-q6-labels-removed': ['silent, quiet, pulling, pulled', 'silent, quiet, pulling, pulled'],
    '4-q6-nodeselector-conflict': [],
    // The node is not full.
    '4-q6-nodeselector-one': ['silent, changed', 'silent, changed'],
    '4-q6-runtimeclass-none': [],
    '4-q6-tolerations': [],
    '4-sp-quiet': ['silent, quiet, starting'],
  })
})

test('what admission plugins said is no missing right', () => {
  const codes = recorded.flatMap(({ case: name, refused }) =>
    refused.map(({ reason, message }) => {
      const said = `Error from server${reason && ` (${reason})`}: error when creating "STDIN": ${message}`
      const { code, recovers } = explainKubectl(said, attempt)
      return [name, code, recovers]
    }),
  )
  expect(codes).toEqual([
    ['4-q6-nodeselector-conflict', 'PROBE_FAILED', false],
    ['4-q6-runtimeclass-none', 'PROBE_FAILED', false],
    ['4-q6-tolerations', 'PROBE_FAILED', false],
  ])
})

test('the pods that no label finds, and those that a finalizer holds, are found by name', () => {
  const log = { debug: () => undefined, line: () => undefined, warn: () => undefined }
  const remains = createRemains({ name: 'kubectl', attempt, log })
  const strays = recorded.flatMap(({ case: name, pods }) =>
    pods.flatMap(pod => {
      const items = [{ metadata: pod, spec: {} }]
      remains.noteAnswer(JSON.stringify({ kind: 'PodList', items }))
      const kept = [labels.managedBy, labels.run, labels.probe].map(key => pod.labels[key] ?? '')
      const row = ['made', pod.name, ...kept, '', '.'].join('\t')
      const [, , ownRun = ''] = row.split('\t').slice(1)
      return new RegExp(labelled(ownRun || run)).test(row) ? [] : name
    }),
  )
  expect([...new Set(strays)]).toEqual(['4-q6-labels-removed'])
  const held = recorded.flatMap(({ pods }) => pods.filter(({ finalizers }) => finalizers).map(({ name }) => name))
  expect([...remains.held]).toEqual(held.map(name => [name, 'lab.example/hold']))
  expect(held).toHaveLength(1)
})
