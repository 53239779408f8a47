import { describe, expect, test } from 'vitest'
import type { ClusterNode, Registry, Target } from 'azure'
import { ActionError, printFix } from 'kernel'
import type { Prober, PullResult } from 'kubernetes'
import type { Probe } from 'kubernetes/src/probe-pod.js'
import type { Inputs, NodePull } from 'run-model'
import { verifyClusters } from '../src/clusters.js'
import type { PullingPair } from '../src/pending.js'
import { verifyPulls } from '../src/pulls.js'
import type { PullOrder } from '../src/record.js'
import { runRounds } from '../src/rounds.js'
import type { PullDeps, Sessions } from '../src/sessions.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import { sampleAccess, sampleInputs, samplePair } from '../../../__tests__/support/sample.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import type { PulledImage } from '../src/probe-images.js'
import { sampleImage } from './sample-pull.js'

const image = (name: string, more?: Partial<PulledImage>) =>
  sampleImage({ reference: `x.io/${name}`, registryId: 'acr', isThere: false, ...more })

/** A verdict, or more of what was seen. */
type Answer = NodePull['verdict'] | Omit<PullResult, 'container'>

const pullMs = 2000

/** A prober whose nodes answer by node, image and elapsed milliseconds. */
function createProber(answer: (node: string, image: string, ms: number) => Answer, name: Prober['name'] = 'kubectl') {
  const clock = createFakeClock()
  const startedAt = clock.now()
  const { signal } = new AbortController()
  const rounds: Probe[][] = []
  const failures: ActionError[] = []
  const cluster = { nodes: [sampleNode('a1'), sampleNode('b1')] }
  const prober: Prober = {
    name,
    capacity: 100,
    review: () => Promise.resolve(''),
    look: () => Promise.resolve(cluster.nodes),
    removePods: () => Promise.resolve(),
    workloads: () => Promise.resolve({ pods: [], makers: [], absent: [], empty: [] }),
    mirror: () => undefined,
    close: () => Promise.resolve({ isClean: true }),
    async round(probes) {
      rounds.push([...probes])
      const failure = failures.shift()
      if (failure) throw failure
      await clock.sleep(pullMs, signal)
      const results = probes.map(({ index, node: on, images }) => {
        const judged = images.map(({ container, reference }) => {
          const answered = answer(on.name, reference.replace('x.io/', ''), clock.now() - startedAt)
          if (typeof answered === 'object') return { container, ...answered }
          return { container, verdict: answered, message: answered === 'pulled' ? '' : `said ${answered}` }
        })
        return { index, attempts: 1, images: judged }
      })
      return { results }
    },
  }
  const run = async (more: Partial<PullOrder> = {}, until = signal) => {
    const order = samplePullOrder({
      nodes: cluster.nodes.map(each => ({ node: each, spares: [] })),
      images: [image('app')],
      isInside: name === 'run-command',
      capacity: prober.capacity,
      deadline: startedAt + 900_000,
      ...more,
    })
    const end = await runRounds(order, prober, { clock, signal: until }, () => undefined)
    return { ...end, pulls: end.seats.flatMap(({ pulls }) => pulls) }
  }
  return { prober, clock, startedAt, rounds, failures, cluster, run }
}

const hiccup = new ActionError('AZURE_UNAVAILABLE', 'etcdserver: leader changed', { recovers: true })

describe('the nodes', () => {
  test('pull only missing images again, in the same containers', async () => {
    const { run, rounds } = createProber((_, what, ms) => (what === 'one' || ms > pullMs ? 'pulled' : 'denied'))
    await run({ images: [image('one'), image('two')], nodes: [{ node: sampleNode('a1'), spares: [] }] })
    expect(rounds.map(([probe]) => probe?.images.map(({ container }) => container))).toEqual([
      ['image-0', 'image-1'],
      ['image-1'],
    ])
  })

  test.each([3000, 60_000, 200_000, 590_000, 5 * 3_600_000])(
    'let the gate open at most 3 s, or a twentieth of the wait, after they can pull, also right after a refusal: after %i ms',
    async recoversAfter => {
      for (const random of [0, 0.5, 1]) {
        let couldAt = Infinity
        const { run, startedAt, clock } = createProber((_, __, ms) => {
          if (ms > couldAt) return 'pulled'
          if (ms >= recoversAfter) couldAt = ms
          return 'denied'
        })
        clock.random = () => random
        const { pulls } = await run({ deadline: startedAt + 6 * 3_600_000 })
        for (const { verdict, finishedAt } of pulls) {
          expect(verdict).toBe('pulled')
          expect(finishedAt - startedAt - couldAt).toBeLessThanOrEqual(Math.max(3000, couldAt / 20))
        }
      }
    },
  )

  test('are probed in several rounds if they are too many for one', async () => {
    const { run, rounds, cluster } = createProber(() => 'pulled')
    cluster.nodes = Array.from({ length: 250 }, (_, index) => sampleNode(`n${index}`))
    const { pulls } = await run()
    expect(rounds.map(probes => probes.length)).toEqual([100, 100, 50])
    expect(pulls).toHaveLength(250)
  })
})

describe('a refusal', () => {
  test('of one registry, if final, does not end the wait for another', async () => {
    const { run } = createProber((_, what, ms) => (what === 'new' && ms > 100_000 ? 'pulled' : 'denied'))
    const images = [image('old'), image('new', { registryId: 'acr2' })]
    const { pulls } = await run({ settled: new Set(['acr']), images, nodes: [{ node: sampleNode('a1'), spares: [] }] })
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['denied', 'pulled'])
  })

  test('by the last of many nodes is soon seen to pass', async () => {
    const passAt = (on: string): number => Number(on.slice(1)) * 60_000
    const { run, cluster, startedAt } = createProber((on, _, ms) => (ms > passAt(on) ? 'pulled' : 'denied'))
    cluster.nodes = Array.from({ length: 8 }, (_, index) => sampleNode(`a${index}`))
    const { pulls } = await run({ probeNodes: 'all' })
    const last = Math.max(...pulls.map(({ finishedAt }) => finishedAt)) - startedAt
    expect(last - passAt('a7')).toBeLessThan(passAt('a7') / 20)
  })
})

test('a cluster that fails until the deadline ends the wait with its error', async () => {
  const { run, failures, startedAt } = createProber(() => 'pulled')
  failures.push(...Array.from({ length: 100 }, () => hiccup))
  const { error, pulls } = await run({ deadline: startedAt + 60_000 })
  expect(error).toBe(hiccup)
  expect(pulls.map(({ verdict }) => verdict)).toEqual(['refused', 'refused'])
})

test('a cancelled job ends the wait', async () => {
  const cancellation = new AbortController()
  const { run, rounds } = createProber(() => {
    cancellation.abort()
    return 'denied'
  })
  await expect(run({}, cancellation.signal)).rejects.toMatchObject({ name: 'AbortError' })
  expect(rounds).toHaveLength(1)
})

/** What differs from a cluster of one node, which may pull from one registry for an hour and pulls an image of `images`. */
interface World {
  target?: Partial<Target>
  registry?: Partial<Registry>
  /** One for each registry. */
  images?: Partial<PulledImage>[]
  /** A second one of each registry. */
  also?: Partial<PulledImage>
  nodes?: ClusterNode[]
  inputs?: Partial<Inputs>
  writtenAt?: number
  grantedMsAgo?: number
  mirror?: string
  group?: string
  /** Ends the first round. */
  failure?: ActionError
  /** Why the cluster can't be entered. */
  closed?: ActionError
}

const hour = 3_600_000

/** Verifies the pairs of that cluster. */
async function verify(answer: Answer | ((ms: number, node: string) => Answer), world: World = {}) {
  const { prober, clock, startedAt, cluster, rounds, failures } = createProber((node, _, ms) =>
    typeof answer === 'function' ? answer(ms, node) : answer,
  )
  cluster.nodes = world.nodes ?? [sampleNode('a1')]
  prober.mirror = () => world.mirror
  if (world.failure) failures.push(world.failure)
  const target = { ...sampleTarget(), ...world.target }
  const pairs = (world.images ?? [{}]).map((more, index): PullingPair => {
    const registry = { ...sampleRegistry(index === 0 ? 'contosoacr' : 'fabrikamacr'), ...world.registry }
    const { assignment, ...access } = sampleAccess(registry.id)
    const updatedAt = startedAt - (world.grantedMsAgo ?? hour)
    return {
      pair: samplePair({ access: { ...access, assignment: { ...assignment, updatedAt } } }, target, registry),
      images: [more, ...(world.also ? [{ reference: `${registry.loginServer}/also:1`, ...world.also }] : [])].map(
        each => image('app', { reference: `${registry.loginServer}/app:1`, registryId: registry.id, ...each }),
      ),
      group: world.group ?? '',
      ...(world.writtenAt !== undefined && { writtenAt: startedAt + world.writtenAt }),
    }
  })
  const session = { prober, nodes: cluster.nodes }
  const sessions = { of: () => (world.closed ? Promise.reject(world.closed) : Promise.resolve(session)) }
  const deps = depsOf(clock, startedAt, world.inputs)
  const end = await verifyClusters(pairs, startedAt + 900_000, sessions as unknown as Sessions, deps)
  const results = end.verifications.map(([, result]) => result)
  return {
    codes: end.findings.map(({ code }) => code),
    nodeless: end.nodeless.length,
    notes: end.notes.length,
    verified: results.map(({ verified }) => verified),
    errors: results.map(({ error }) => error?.code),
    advisesTimeout: results.map(({ error }) => printFix(error?.fix ?? []).includes('timeout')),
    isBeyondRights: results.map(result => result.isBeyondRights ?? false),
    lastedMs: clock.now() - startedAt,
    pulls: results.flatMap(({ pulls = [] }) => pulls),
    rounds: rounds.length,
  }
}

function depsOf(clock: PullDeps['clock'], startedAt: number, inputs: Partial<Inputs> = {}): PullDeps {
  const nothing = (): void => undefined
  const content = { readPlatforms: () => Promise.reject(new ActionError('AUTHORIZATION_FAILED', 'No')) }
  const azure = { armTime: () => clock.now(), signal: new AbortController().signal, content }
  const progress = { onStart: nothing, onRound: nothing, onEnd: nothing }
  const all = { ...sampleInputs, verify: 'pull', ...inputs }
  return { azure, clock, startedAt, inputs: all, progress } as unknown as PullDeps
}

const asAccounts: Partial<Target> = {
  serviceAccountPull: { value: { isEnabled: true, defaultIdentityId: '/identities/shop' } },
}
const ofApplication: Partial<Target> = { identity: { ...sampleTarget().identity, isApplication: true } }
const forGpus = [{ nodeSelector: { gpu: 'yes' }, tolerations: [] }]
const check: World = { inputs: { mode: 'check' } }
const pause: World = { images: [{ origin: 'pause' }] }
const ofWeb: World = { images: [{ account: 'web' }] }
const denied = (cause: NodePull['cause']): Answer => ({ verdict: 'denied', ...(cause && { cause }), message: '' })
const refusal = (code: ActionError['code']) => new ActionError(code, 'no')
const bySecret = { verdict: 'pulled', message: '', mayBeBySecret: true } as const
const missing = { verdict: 'not-found', message: '' } as const
const outOfReach = (cause: NodePull['cause']) => ({ verdict: 'unreachable', cause, message: '' }) as Answer
const timeout = outOfReach('connection')
const openToAll: World = { registry: { anonymousPull: true } }
const twoEndpoints = { registry: { privateEndpoints: ['a', 'b'] } } as unknown as World

describe('a pair', () => {
  test.each<[name: string, Answer, World, verified: string, codes: string[], error?: string]>([
    ['whose nodes pulled by their identity is proven', 'pulled', {}, 'pull', []],
    ['of a registry open to all is not', 'pulled', openToAll, 'assignment', ['ANONYMOUS_PULL']],
    ['of a cluster with a mirror is not', 'pulled', { mirror: 'kube-system/spegel' }, 'assignment', ['PEER_MIRROR']],
    ['of a cluster that pulls as accounts is not, without one', 'pulled', { target: asAccounts }, 'assignment', []],
    ['of such a cluster is proven by one', 'pulled', { target: asAccounts, ...ofWeb }, 'pull', []],
    ['is not proven by the secret of one', bySecret, ofWeb, 'assignment', ['SERVICE_ACCOUNT_PULL']],
    ['in check without a pause image is no drift', missing, { ...check, ...pause }, 'assignment', ['IMAGE_NOT_PROBED']],
    ['in attach without a pause image failed', missing, pause, 'none', [], 'IMAGE_NOT_FOUND'],
    ['in check without an image of the inputs failed', missing, check, 'none', [], 'IMAGE_NOT_FOUND'],
    ['lost by DNS', outOfReach('dns'), twoEndpoints, 'none', ['PRIVATE_ENDPOINTS_COLLIDE'], 'REGISTRY_UNREACHABLE'],
    ['lost by a timeout', timeout, twoEndpoints, 'none', ['PRIVATE_ENDPOINTS_COLLIDE'], 'REGISTRY_UNREACHABLE'],
    ['lost by a certificate', outOfReach('tls'), twoEndpoints, 'none', [], 'REGISTRY_UNREACHABLE'],
    ['with an image that no node may run', 'pulled', { also: { constraints: forGpus } }, 'pull', ['IMAGE_NOT_PROBED']],
    ['without a ready node', 'pulled', { nodes: [sampleNode('a1', { isReady: false })] }, 'none', [], 'PROBE_FAILED'],
  ])('%s', async (_, answer, world, verified, codes, error) => {
    const end = await verify(answer, world)
    expect([end.verified, end.codes, end.errors]).toEqual([[verified], codes, [error]])
  })

  test('whose nodes are all virtual has none', async () => {
    const end = await verify('pulled', { nodes: [sampleNode('v1', { isVirtual: true })] })
    expect(end).toMatchObject({ nodeless: 1, codes: ['POOL_SKIPPED'], verified: [] })
  })

  test('whose grant was just written, or is new, is waited for', async () => {
    const late = (ms: number): Answer => (ms > 120_000 ? 'pulled' : 'denied')
    for (const world of [{ writtenAt: 0 }, { grantedMsAgo: 60_000 }])
      expect(await verify(late, world)).toMatchObject({ verified: ['pull'], codes: [] })
  })

  const isNew = { writtenAt: 0 }
  const ofTeam: World = { registry: { roleAssignmentMode: 'ABAC' }, inputs: { repositories: ['team/*'] } }
  // What is given up when is in finality.test.ts: here is that the cluster's own facts count.
  test.each<[name: string, Answer, World, attempts: number, cause?: NodePull['cause']]>([
    ['denied, and nothing is under way', 'denied', {}, 3],
    ['denied the secret of an application', denied('stale-credential'), { target: ofApplication }, 3, 'secret'],
    ['refused by old rules', outOfReach('firewall'), { registry: { firewall: true }, ...isNew }, 3, 'firewall'],
    ['refused by a sealed registry', outOfReach('firewall'), { registry: { isSealed: true }, ...isNew }, 1, 'firewall'],
    ['denied an image that no role reaches', denied('role'), { ...ofTeam, ...isNew }, 3, 'role'],
  ])('is given up when it is %s', async (_, answer, world, attempts, cause) => {
    const { pulls, verified } = await verify(answer, world)
    expect([verified, pulls.map(pull => [pull.attempts, pull.cause])]).toEqual([['none'], [[attempts, cause]]])
  })

  const byStale = denied('stale-credential')
  test.each<[when: string, Answer, World, advises: boolean]>([
    ['its grant is old', 'denied', {}, false],
    ['its grant was written', 'denied', isNew, true],
    ['its grant is less than 15 minutes old', 'denied', { grantedMsAgo: 60_000 }, true],
    ['the secret of an application is refused, and its grant is old', byStale, { target: ofApplication }, false],
    ['no role reaches its image', denied('role'), { ...ofTeam, ...isNew }, false],
  ])(
    'that is refused until its wait ends is advised a longer one only if that may help: %s',
    async (...[, answer, world, advises]) => {
      expect(await verify(answer, world)).toMatchObject({ errors: ['PULL_DENIED'], advisesTimeout: [advises] })
    },
  )

  const nodes = [sampleNode('a1'), sampleNode('b1')]
  /** Node a1 pulls after a minute, and b1 is refused until then. */
  const inTurn =
    (cause: NodePull['cause'], until = Infinity) =>
    (ms: number, node: string): Answer =>
      ms > (node === 'a1' ? 60_000 : until) ? 'pulled' : denied(cause)

  test('of which one pool is refused while another pulls with the same identity waits for no role', async () => {
    const end = await verify(inTurn('no-credential'), { nodes, writtenAt: 0 })
    expect(end).toMatchObject({ verified: ['none'], errors: ['PULL_DENIED'], isBeyondRights: [true] })
    const [pulled, refused] = end.pulls
    expect(refused).toMatchObject({ sibling: { node: 'a1' }, firstRefusal: '' })
    expect(end.lastedMs - ((pulled?.finishedAt ?? 0) - (pulled?.startedAt ?? 0))).toBeLessThan(45_000)
  })

  test('of which one pool pulls half a minute after another is proven', async () => {
    expect(await verify(inTurn('no-credential', 88_000), { nodes, writtenAt: 0 })).toMatchObject({ verified: ['pull'] })
  })

  test.each<[string, World]>([
    ['through a group', { group: 'g' }],
    ['with a mirror', { mirror: 'kube-system/spegel' }],
    ['as accounts', { target: asAccounts }],
    ['by anyone', openToAll],
  ])('of which one pool pulls minutes after another is waited for if they pull %s', async (_, world) => {
    const end = await verify(inTurn('no-credential', 300_000), { nodes, writtenAt: 0, ...world })
    expect(end).toMatchObject({ errors: [undefined] })
  })

  test.each<[string, Answer, World, boolean]>([
    ['the registry refuses', 'denied', {}, false],
    ['of an image that is missing', missing, {}, true],
    ['that can not reach the registry', outOfReach('dns'), {}, true],
    ['that no pod could be created on', 'pulled', { failure: refusal('PROBE_FAILED') }, true],
    ["of a cluster that can't be entered", 'pulled', { failure: refusal('AUTHORIZATION_FAILED') }, true],
    ['whose kubeconfig is refused', 'pulled', { closed: refusal('AUTHORIZATION_FAILED') }, true],
    ['of a cluster that is gone', 'pulled', { closed: refusal('CLUSTER_NOT_FOUND') }, false],
    ['of a cluster that no longer exists', 'pulled', { failure: refusal('CLUSTER_NOT_FOUND') }, false],
  ])('with nodes %s says whether that is about its rights', async (_, answer, world, isBeyondRights) => {
    const end = await verify(answer, world)
    expect(end).toMatchObject({ verified: ['none'], isBeyondRights: [isBeyondRights] })
  })

  test('without the account that its manifests name is proven as none, unless the cluster pulls as accounts', async () => {
    const failure = new ActionError('PROBE_FAILED', 'serviceaccount "web" not found', { detail: 'account' })
    const asNone = await verify('pulled', { ...ofWeb, failure })
    expect(asNone).toMatchObject({ verified: ['pull'], codes: [], notes: 1 })
    const named: World = { ...ofWeb, inputs: { probeServiceAccount: 'web' } }
    for (const world of [named, { ...ofWeb, target: asAccounts }])
      expect(await verify('pulled', { ...world, failure })).toMatchObject({ errors: ['PROBE_FAILED'], notes: 0 })
  })

  test('that nothing has changed lately is unsteady if it needs more than one try', async () => {
    const second = (ms: number): Answer => (ms > pullMs ? 'pulled' : 'denied')
    expect(await verify(second)).toMatchObject({ verified: ['pull'], codes: ['PULL_UNSTEADY'] })
  })

  test('is proven by the nodes that the image is built for', async () => {
    const misfit = { ...missing, cause: 'platform' } as const
    const nodes = [sampleNode('a1'), sampleNode('w1', { os: 'windows' })]
    const end = await verify((_, node) => (node === 'a1' ? misfit : 'pulled'), { nodes })
    expect(end).toMatchObject({ verified: ['pull'], codes: ['POOL_SKIPPED'], pulls: [{ node: 'w1' }] })
  })

  test('does not know which of two registries an image came from that both have, or whether from a mirror', async () => {
    const fetched: Answer = { verdict: 'pulled', message: '', layers: 'fetched', digest: 'sha256:0a' }
    const layersOf = async (world: World) => (await verify(fetched, world)).pulls.map(({ layers }) => layers)
    expect(await layersOf({})).toEqual(['fetched'])
    expect(await layersOf({ mirror: 'kube-system/spegel' })).toEqual([undefined])
    expect(await layersOf({ images: [{}, {}] })).toEqual([undefined, undefined])
  })
})

test('the wait for pulls lasts as long as timeout from its own beginning, however long the step has run before', async () => {
  const { prober, clock, cluster } = createProber((_, __, ms) => (ms > 120_000 ? 'pulled' : 'denied'))
  const registry = sampleRegistry()
  const pair = samplePair({ access: sampleAccess(registry.id) }, sampleTarget(), registry)
  const probe = { wantedBy: 'probe', registry, repository: 'app', reference: '1', text: 'app:1' } as const
  const sessions: Pick<Sessions, 'of'> = { of: () => Promise.resolve({ prober, nodes: cluster.nodes }) }
  const done = { outcomes: [], images: [{ ...probe, status: 'present' as const, digest: '' }] }
  const deps = depsOf(clock, clock.now() - 900_000)
  const { verifications } = await verifyPulls([pair], done, sessions as Sessions, deps)
  expect(verifications).toMatchObject([[pair, { verified: 'pull' }]])
})
