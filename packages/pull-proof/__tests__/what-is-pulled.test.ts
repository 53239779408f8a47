// Which images nodes are asked to pull, and the pairs for which no node is asked.
import { describe, expect, test } from 'vitest'
import type { Target } from 'azure'
import { ActionError, type Finding } from 'kernel'
import type { Prober } from 'kubernetes'
import type { CheckedImage, Inputs } from 'run-model'
import { findUsed } from 'image-uses'
import { chooseProbeImages } from '../src/probe-images.js'
import { verifyPulls } from '../src/pulls.js'
import type { PullDeps, Sessions } from '../src/sessions.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import {
  sampleAccess,
  sampleInputs,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

const registry = sampleRegistry()

/** An image that manifests name, in contosoacr or another registry. */
function inManifests(status: 'present' | 'missing' | 'unknown', name = 'contosoacr'): CheckedImage {
  const image = `${name}.azurecr.io/web:1`
  const use = { image, file: 'k8s.yaml', document: 1, resource: 'Pod', field: 'spec.containers[0].image' }
  const [found] = findUsed([use], [sampleRegistry(name)])
  if (!found) throw new Error('it is an image')
  return { ...found, status, digest: '' }
}

describe('nodes pull', () => {
  test.each<[string, CheckedImage, string[]]>([
    ['the first of images, by its digest', imageOf('sha256:1'), ['contosoacr.azurecr.io/team/app@sha256:1']],
    ['an image that the runner could not look up', inManifests('unknown'), ['contosoacr.azurecr.io/web:1']],
    ['none that is missing', inManifests('missing'), []],
    ['none of another registry', inManifests('present', 'fabrikamacr'), []],
  ])('%s', (_, image, expected) => {
    expect(chooseProbeImages(registry, [image], [], '').map(({ reference }) => reference)).toEqual(expected)
  })
})

describe('no node is asked about a pair', () => {
  const error = new ActionError('SOURCE_RATE_LIMITED', 'no')
  const there = imageOf('sha256:1')
  const failed: CheckedImage = { ...imageOf('', 'failed'), error }
  const check = { mode: 'check' } as const

  const verify = async (target: Partial<Target>, inputs: Partial<Inputs>, images: CheckedImage[]) => {
    const pair = samplePair({ access: sampleAccess(registry.id) }, { ...sampleTarget(), ...target }, registry)
    const clock = createFakeClock()
    // Without sessions, a node that is asked fails the test.
    const deps = { azure: {}, clock, inputs: { ...sampleInputs, verify: 'pull', ...inputs } } as unknown as PullDeps
    const end = await verifyPulls([pair], { outcomes: [], images }, {} as Sessions, deps)
    const [[, { verified = '', error: lost } = {}] = []] = end.verifications
    const { nodeless, imageless, notes, findings } = end
    return [
      verified,
      lost?.code ?? '',
      nodeless.length,
      imageless.length,
      notes.length,
      findings.map(({ code }) => code),
    ]
  }

  const nothing: Finding['code'][] = ['IMAGE_NOT_PROBED']
  test.each<[string, Parameters<typeof verify>, Awaited<ReturnType<typeof verify>>]>([
    ['of an identity without a cluster: Azure is', [{ kind: 'kubelet-identity' }, {}, [there]], ['', '', 1, 0, 1, []]],
    ['of a stopped cluster', [{ isStopped: true }, {}, [there]], ['none', 'CLUSTER_STOPPED', 0, 0, 0, []]],
    ['of a stopped cluster: no drift', [{ isStopped: true }, check, [there]], ['assignment', '', 0, 0, 0, []]],
    ['whose image was not imported: Azure is', [{}, {}, [failed]], ['', '', 0, 1, 1, []]],
    ['without any image', [{}, {}, []], ['none', 'PROBE_FAILED', 0, 0, 0, []]],
    ['without any image: no drift', [{}, check, []], ['assignment', '', 0, 0, 0, nothing]],
  ])('%s', async (_, given, end) => {
    expect(await verify(...given)).toEqual(end)
  })
})

test.each<[Inputs['mode'], number | undefined]>([
  ['check', 1],
  ['attach', undefined],
])('the nodes that could pull on another day are named by %s alone', async (mode, unasked) => {
  const clock = createFakeClock()
  const prober: Partial<Prober> = {
    name: 'kubectl',
    capacity: 10,
    mirror: () => undefined,
    round: probes => {
      const pulled = ({ container }: { container: string }) => ({ container, verdict: 'pulled' as const, message: '' })
      return Promise.resolve({
        results: probes.map(({ index, images }) => ({ index, attempts: 1, images: images.map(pulled) })),
      })
    },
  }
  const session = { prober, nodes: ['a1', 'a2'].map(name => sampleNode(name, { pool: 'a' })) }
  const deps = {
    ...{ clock, startedAt: clock.now(), inputs: { ...sampleInputs, verify: 'pull', mode } },
    azure: { armTime: () => clock.now(), signal: new AbortController().signal },
    progress: { onStart: () => undefined, onRound: () => undefined, onEnd: () => undefined },
  } as unknown as PullDeps
  const pair = samplePair({ access: sampleAccess(registry.id) }, sampleTarget(), registry)
  const done = { outcomes: [], images: [imageOf('sha256:1')] }
  const sessions = { of: () => Promise.resolve(session) } as unknown as Sessions
  const [[, end] = []] = (await verifyPulls([pair], done, sessions, deps)).verifications
  expect([end?.verified, end?.unasked?.length]).toEqual(['pull', unasked])
})
