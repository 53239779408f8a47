import { describe, expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError, printFix, type Finding } from 'kernel'
import type { NodePull } from 'run-model'
import {
  findAbandoned,
  findLate,
  findMisfits,
  findSecrets,
  findSkipped,
  findUnfetched,
  findUnsteady,
  notProbed,
  noteEmptyPools,
  nothingPulled,
  nothingThere,
  pulledByAnyone,
  pulledFromPeers,
} from '../src/findings.js'
import { createPlatformReader, findLackingVariants } from '../src/platforms.js'
import type { Seat } from '../src/record.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import { sampleImage, samplePull } from './sample-pull.js'
import type { PulledImage } from '../src/probe-images.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const found = <T extends { id: string }>(resource: T): T => ({
  ...resource,
  id: resource.id.replace('/subscriptions/s', `/subscriptions/${subscription}`),
})
const target = found(sampleTarget('aks-1'))
const registry = found(sampleRegistry())

const image = (more?: Partial<PulledImage>) => sampleImage({ registryId: registry.id, ...more })
const onArm = [{ os: 'linux', arch: 'arm64' }]
const onAmd = [{ os: 'linux', arch: 'amd64' }]
const anywhere = [{ nodeSelector: {}, tolerations: [] }]
const anyAmd = image({ constraints: anywhere, platforms: onAmd })
const [amd, arm] = [sampleNode('a1'), sampleNode('arm1', { arch: 'arm64' })]

const seat = (node: ClusterNode, pulls: NodePull[] = [], index = 0): Seat => ({ index, node, spares: [], pulls })
const base = { id: '/base', name: 'baseacr' }
const ssd = [{ nodeSelector: { disk: 'ssd' }, tolerations: [] }]
const misfit = samplePull('not-found', { cause: 'platform', image: image() })
const pulled = samplePull('pulled', { image: image() })
const misfitOfBase = { ...misfit, image: image({ registryId: '/base' }) }
const windows = ['win1', 'win2'].map(name => seat(sampleNode(name, { os: 'windows' }), [misfit]))
const ofBase = image({ registryId: '/BASE', constraints: ssd })
const misfits = (pulls: NodePull[], others: Seat[], images: PulledImage[]): Finding[] =>
  findMisfits(target, { seats: [seat(sampleNode('apps1'), pulls), ...others] }, images, [registry, base])
const none = { chosen: [], skipped: [], skippedNodes: [] }

/** Pairs of clusters with the registry whose nodes pulled these layers. */
function unfetched(...pairs: [of: typeof target, layers: NodePull['layers'][]][]) {
  const verifications = pairs.map(([of, layers]): Parameters<typeof findUnfetched>[0]['verifications'][number] => [
    { target: of, registry },
    { verified: 'pull', pulls: layers.map(each => ({ image: image(), layers: each }) as NodePull) },
  ])
  return (findings: Finding[] = []) => findUnfetched({ verifications, findings })
}
const peers = pulledFromPeers(target, 'kube-system/spegel')
const bySecret = samplePull('pulled', { image: image({ account: 'web' }), mayBeBySecret: true })
const byAccounts = [bySecret, bySecret, samplePull('pulled', { image: image({ account: 'api' }) })]

const [a1, a2, b1, c1] = ['a1', 'a2', 'b1', 'c1'].map(name =>
  sampleNode(name, { kubeletVersion: name === 'c1' ? 'v1.32.7' : 'v1.33.2', arch: name === 'b1' ? 'arm64' : 'amd64' }),
) as [ClusterNode, ClusterNode, ClusterNode, ClusterNode]

/** A pull that succeeded at once, or at a later attempt. */
const pullAt = ({ name, pool, arch }: ClusterNode, attempts: number, more: Partial<NodePull> = {}): NodePull => {
  const first = attempts > 1 ? { firstRefusal: 'failed to authorize: 401 Unauthorized.' } : {}
  return samplePull('pulled', { node: name, pool, arch, attempts, image: image(), ...first, ...more })
}
const unsteady = (some: readonly ClusterNode[], steady: readonly ClusterNode[], pulls?: NodePull[]) =>
  findUnsteady(
    target,
    registry,
    pulls ?? [...some.map(node => pullAt(node, 2)), ...steady.map(node => pullAt(node, 1))],
    { seats: [...some, ...steady].map((node, index) => seat(node, [], index)) },
  )
const late = [
  { pool: 'user', why: 'no nodes', isEmpty: true as const },
  { pool: 'gpu', why: 'none of its nodes is ready' },
  { pool: 'spot', why: 'no nodes', isEmpty: true as const },
]

const catalogue: Record<string, Record<string, Finding[]>> = {
  'skipped nodes': {
    'each skipped pool and node is a notice, of which only those of AKS are shown by az': findSkipped(target, {
      chosen: [],
      skipped: ['apps', 'gpu-pool'].map(pool => ({ pool, why: 'no node is ready' })),
      skippedNodes: [{ node: 'a1', why: 'it is cordoned' }],
    }),
    'a pool without nodes is a note, no finding': findSkipped(target, { ...none, skipped: late.slice(0, 1) }),
    'an abandoned node is a notice, and its pool is if it was the only one': findAbandoned(target, {
      seats: [seat(sampleNode('apps2'))],
      skipped: [
        { ...seat(sampleNode('apps1')), abandoned: 'it accepted no pod' },
        { ...seat(sampleNode('gpu1')), abandoned: 'it left the cluster' },
      ],
    }),
    'a pool is skipped if none of its nodes fits an image, once': misfits([pulled, misfit], windows, [image()]),
    'so is a pool whose nodes joined and tried nothing, for that registry': misfits(
      [pulled, misfit],
      [],
      [image(), ofBase],
    ),
    'a pool that fits one registry is skipped for the other': misfits(
      [pulled, misfitOfBase],
      [],
      [image(), misfitOfBase.image],
    ),
    'a pool whose nodes should be there is a notice, for what was last seen': findLate(
      target,
      { ...none, skipped: late },
      ['user', 'gpu'],
    ),
    'a pool that nobody awaits is none': findLate(target, { ...none, skipped: late }, []),
  },
  'images that were not pulled': {
    'an image that no node can run is looked up only': [notProbed(target, image())],
    'its platforms are named if they are known': [notProbed(target, image({ platforms: onAmd }))],
    'an image lacks what nodes of its workload have, which is a warning': findLackingVariants(
      target,
      [anyAmd, image({ constraints: anywhere }), image({ platforms: onAmd })],
      [amd, arm, ...windows.map(({ node }) => node)],
    ),
    'an image with the platforms of all nodes lacks nothing': findLackingVariants(target, [anyAmd], [amd]),
    'a registry with nothing to pull is filled by attach': [nothingThere(registry)],
    'or not, if attach can not fill it': [nothingThere(registry, false)],
    'a cluster where nothing was pulled proves no access': [nothingPulled(target, registry)],
  },
  'pulls that prove less': {
    'an anonymous pull proves the network alone': [pulledByAnyone(registry)],
    'a mirror proves no role': [peers],
    'secrets of service accounts may have pulled, each account once': findSecrets(target, byAccounts),
    'layers that the nodes had test no data endpoint': unfetched(
      [target, ['on-node']],
      [sampleTarget('aks-2'), ['on-node']],
    )(),
    'a cluster that may have fetched some is not named': unfetched(
      [target, ['on-node']],
      [sampleTarget('aks-2'), ['on-node', undefined]],
    )(),
    'one layer that was fetched is enough': unfetched([target, ['on-node', 'fetched']])(),
    'a mirror says it already': unfetched([target, ['on-node']])([peers]),
    'another finding does not say it': unfetched([target, ['on-node']])([{ ...peers, code: 'SERVICE_ACCOUNT_PULL' }]),
    'without a pull there is nothing to say': unfetched([target, []])(),
  },
  'unsteady pulls': {
    'a node with two images counts once, with most of its attempts': unsteady(
      [a1],
      [c1],
      [pullAt(a1, 3), pullAt(c1, 1), pullAt(a1, 4)],
    ),
    'what only the unsteady nodes have is named: pool and version': unsteady([a1, a2], [c1]),
    'of several pools it is the version': unsteady([a1, b1], [c1]),
    'of one version it is pool and architecture': unsteady([b1], [a1, a2]),
    'of a node like a steady one nothing is': unsteady([a1], [a2]),
    'nor is it of nodes that have nothing in common': unsteady([b1, c1], []),
    'an unknown version is not': unsteady([sampleNode('d1')], [sampleNode('e1')]),
    'of the only node there is nothing to compare': unsteady([a1], []),
    'pulls at once are steady': unsteady([], [a1, c1]),
    'so are those that were repeated because of another image': unsteady(
      [a1],
      [c1],
      [pullAt(a1, 2, { firstRefusal: undefined as never }), pullAt(c1, 1, { firstRefusal: 'no' })],
    ),
  },
}

describe('findings', () => {
  const show = ({ code, severity, subject, message, fix }: Finding): string =>
    sayScopes([`${severity} ${code}: ${subject}`, message, printFix(fix)].join('\n'))

  test.each(Object.keys(catalogue))('about %s are told as in findings/', about => {
    const text = printCatalogue(catalogue[about] ?? {}, findings => findings.map(show))
    return expect(text).toMatchFileSnapshot(`findings/${about.replaceAll(' ', '-')}.txt`)
  })

  test('about pools without nodes are a note', () => {
    const skipped = ['b10', 'b2'].map(pool => ({ pool, why: 'no nodes', isEmpty: true as const }))
    const note = (...some: typeof skipped) => noteEmptyPools(target, { ...none, skipped: some }, [])
    expect(note(...skipped)).toEqual(['aks-1 has no nodes in the pools b2, b10'])
    expect(note(...skipped.slice(0, 1))).toEqual(['aks-1 has no nodes in the pool b10'])
    expect(note()).toEqual([])
  })
})

describe('the platforms of images', () => {
  /** A reader that returns these platforms and records its requests. */
  function reading(answer: () => Promise<typeof onArm>) {
    const asked: unknown[] = []
    const readPlatforms = (...[of, repository, reference]: unknown[]) => {
      asked.push([(of as { name: string }).name, repository, reference])
      return answer()
    }
    const context = { content: { readPlatforms } }
    return { asked, reader: createPlatformReader(context as unknown as AzureContext) }
  }

  test('are read once per image, and only if not all nodes are linux/amd64', async () => {
    const { asked, reader } = reading(() => Promise.resolve(onArm))
    const images = [image(), image({ reference: 'contosoacr.azurecr.io/b@sha256:ab12345678901234567890123456789012' })]
    expect(await reader(images, [registry], [sampleNode('a1')])).toEqual(images)
    expect(asked).toEqual([])
    for (const nodes of [[arm], [amd, sampleNode('win1', { os: 'windows' })]]) {
      const complete = await reader(images, [registry], nodes)
      expect(complete.map(({ platforms }) => platforms)).toEqual([onArm, onArm])
    }
    expect(asked).toEqual([
      ['contosoacr', 'app', '1'],
      ['contosoacr', 'b', 'sha256:ab12345678901234567890123456789012'],
    ])
  })

  test("are not read if known, and stay open if they can't be read", async () => {
    const refused = reading(() => Promise.reject(new ActionError('AUTHORIZATION_FAILED', 'no')))
    const known = image({ platforms: [{ os: 'windows', arch: 'amd64' }] })
    const images = [known, image(), image({ registryId: '/other', reference: 'other.azurecr.io/app:1' })]
    expect(await refused.reader(images, [registry], [arm])).toEqual(images)
    expect(refused.asked).toHaveLength(1)
    const broken = reading(() => Promise.reject(new TypeError('a bug')))
    await expect(broken.reader([image()], [registry], [arm])).rejects.toThrow('a bug')
    const empty = reading(() => Promise.resolve([]))
    expect((await empty.reader([image()], [registry], [arm]))[0]).not.toHaveProperty('platforms')
  })
})
