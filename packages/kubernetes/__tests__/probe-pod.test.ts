import { describe, expect, test } from 'vitest'
import { readPods } from '../src/cluster-text.js'
import { createRunId, isLeftover, minLifeSeconds, podOf, selectDead } from '../src/probe-pod.js'

describe('a probe pod', () => {
  const linux = {
    name: 'n',
    os: 'linux',
    taints: [
      { key: 'x', value: 'y', effect: 'NoExecute' },
      { key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' },
    ],
  }
  const probe = { index: 3, node: linux, images: [{ container: 'image-0', reference: 'x.azurecr.io/a:1' }] }
  const options = { run: 'run1', lifeSeconds: 900, requestsAll: false }
  const pod = podOf(probe, options)

  test('is pinned to its node, tolerates NoExecute taints by key, and ends on its own', () => {
    expect(pod.spec).toMatchObject({
      nodeName: 'n',
      tolerations: [{ key: 'x', operator: 'Exists', effect: 'NoExecute' }],
      restartPolicy: 'Never',
      imagePullSecrets: [{ name: 'attach-acr-no-secret-run1' }],
    })
    expect(pod.spec.activeDeadlineSeconds).toBe(900)
  })

  test('always pulls, also an image that its node has', () => {
    expect(pod.spec.containers.map(({ imagePullPolicy }) => imagePullPolicy)).toEqual(['Always'])
  })

  test('has nothing but the program of its run to start, also in its probes', () => {
    const started = pod.spec.containers.flatMap(({ command, livenessProbe, readinessProbe }) => [
      ...[command, livenessProbe.exec.command, readinessProbe.exec.command],
    ])
    expect(started).toEqual(Array(3).fill(['/attach-acr-only-pulls-run1']))
    expect(JSON.stringify(pod.spec)).not.toMatch(/"(args|lifecycle|startupProbe)"/)
  })

  test('passes the restricted pod security standard', () => {
    // kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted", field by field.
    expect(pod.spec).not.toHaveProperty('hostNetwork')
    expect(pod.spec).not.toHaveProperty('volumes')
    for (const { securityContext, resources } of pod.spec.containers) {
      const restricted = { runAsNonRoot: true, allowPrivilegeEscalation: false, privileged: false }
      const more = { capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } }
      expect(securityContext).toEqual({ ...restricted, readOnlyRootFilesystem: true, ...more })
      expect(Object.keys(resources.limits)).toEqual(Object.keys(resources.requests))
    }
  })

  test('has so much CPU that a refusal takes no more than a second', () => {
    // With 10m, a refusal takes 4 s and a start 7 s (recorded).
    expect(pod.spec.containers[0]?.resources.limits).toMatchObject({ cpu: '100m', memory: '64Mi' })
  })

  test('for Windows has no Linux fields', () => {
    const windows = podOf({ ...probe, node: { ...linux, os: 'windows' } }, options)
    expect(windows.spec).toMatchObject({ os: { name: 'windows' }, nodeSelector: { 'kubernetes.io/os': 'windows' } })
    const linuxOnly =
      /seccomp|capabilities|allowPrivilegeEscalation|runAsUser"|runAsGroup|readOnlyRootFilesystem|privileged/
    expect(JSON.stringify(windows)).not.toMatch(linuxOnly)
    const nobody = { runAsNonRoot: true, windowsOptions: { runAsUserName: 'ContainerUser' } }
    expect(windows.spec.securityContext).toEqual(nobody)
    for (const { securityContext } of windows.spec.containers) expect(securityContext).toEqual(nobody)
  })

  test('opts out of service meshes', () => {
    const istio = { 'sidecar.istio.io/inject': 'false' }
    const linkerd = { 'linkerd.io/inject': 'disabled' }
    const consul = { 'consul.hashicorp.com/connect-inject': 'false' }
    expect(pod.metadata).toMatchObject({
      labels: { ...istio, ...linkerd, 'kuma.io/sidecar-injection': 'disabled' },
      annotations: { ...linkerd, ...consul, 'oneagent.dynatrace.com/inject': 'false' },
    })
  })
})

test('the ID of a run has 64 random bits, and is one by which its pods are found and swept', () => {
  const ids = Array.from({ length: 100 }, createRunId)
  expect(new Set(ids.map(id => id.slice(0, 8))).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
})

test.each([
  [{ phase: 'Running' }, minLifeSeconds - 5, false],
  [{ phase: 'Running' }, minLifeSeconds + 5, true],
  [{ phase: 'Failed' }, 300, false],
  [{ phase: 'Failed' }, 360, true],
])('a pod of another run with %j, %i s old, is a leftover: %s', (status, ageSeconds, expected) => {
  const now = 1_750_000_000_000
  expect(isLeftover({ ...status, createdAt: now - ageSeconds * 1000 }, now)).toBe(expected)
})

test('the pods of another run are deleted if all of them are leftovers', () => {
  const now = 1_750_000_000_000
  const podOfRun = (run: string, ageSeconds: number, life = '600'): string =>
    ['pod', 'name', '0', run, new Date(now - ageSeconds * 1000).toISOString(), life, 'Running', '.'].join('\t')
  const hostile = "dead') --all"
  const rows = [podOfRun('dead', 700), podOfRun('0add', 700), podOfRun('feed', 700), podOfRun('feed', 5)]
  const pods = readPods([...rows, podOfRun('', 700), podOfRun(hostile, 700)].join('\n'))
  expect(selectDead(pods, '0add', now)).toBe('attach-acr/run in (dead)')
  expect(selectDead(pods.slice(1), '0add', now)).toBeUndefined()
  // A pod can pull for as long as its step waits.
  expect(selectDead(readPods(podOfRun('dead', 700, '960')), '0add', now)).toBeUndefined()
  expect(selectDead(readPods(podOfRun('dead', 700, '')), '0add', now)).toBe('attach-acr/run in (dead)')
})
