import { describe, expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import type { NodePull } from 'run-model'
import {
  findAbandoned,
  findMisfits,
  findSecrets,
  findSkipped,
  findUnfetched,
  notProbed,
  noteEmptyPools,
  nothingPulled,
  nothingThere,
  pulledByAnyone,
  pulledFromPeers,
} from '../src/findings.js'
import { leaveUnfit, mayBecomeUsable, selectNodes } from '../src/nodes.js'
import { createPlatformReader, findLackingVariants } from '../src/platforms.js'
import type { Seat } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import type { ProbeImage } from '../src/probe-images.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const found = <T extends { id: string }>(resource: T): T => ({
  ...resource,
  id: resource.id.replace('/subscriptions/s', `/subscriptions/${subscription}`),
})
const target = found(sampleTarget('aks-1'))
const registry = found(sampleRegistry())
const s = `--subscription ${subscription}`

const image = (more: Partial<ProbeImage> = {}): ProbeImage => ({
  reference: 'contosoacr.azurecr.io/app:1',
  registryId: registry.id,
  isThere: true,
  from: 'images',
  ...more,
})
const onArm = [{ os: 'linux', arch: 'arm64' }]
const selected = (nodes: ClusterNode[], probeNodes: 'one-per-pool' | 'all', ...pools: string[]) =>
  selectNodes(nodes, pools, probeNodes)

describe('skipped nodes', () => {
  test('have a reason with probe-nodes: all', () => {
    const nodes = [
      sampleNode('a1', { isCordoned: true }),
      sampleNode('a2'),
      sampleNode('a3', { isReady: false }),
      sampleNode('a4', { isHosted: true, isReady: false }),
      sampleNode('a5', { isVirtual: true }),
    ]
    const { chosen, skippedNodes } = selected(nodes, 'all')
    expect(chosen).toEqual([{ node: nodes[1], spares: [] }])
    expect(skippedNodes).toEqual([
      { node: 'a1', why: 'it is cordoned' },
      { node: 'a3', why: 'it is not ready' },
      { node: 'a4', why: 'Azure hosts it' },
      { node: 'a5', why: 'it is a virtual node, and no kubelet pulls there' },
    ])
    const cordoned = selected([sampleNode('b1', { isCordoned: true })], 'all')
    expect([cordoned.chosen.length, cordoned.skippedNodes]).toEqual([1, []])
    expect(selected(nodes, 'one-per-pool').skippedNodes).toEqual([])
  })

  test('can be whole pools, each with a reason', () => {
    const nodes = [
      sampleNode('hosted1', { isHosted: true }),
      sampleNode('virtual1', { isVirtual: true }),
      sampleNode('down1', { isReady: false, isVirtual: true }),
      sampleNode('down2', { isReady: false }),
      sampleNode('down3', { isReady: false, isHosted: true }),
    ]
    expect(selected(nodes, 'one-per-pool', 'empty').skipped).toEqual([
      { pool: 'empty', why: 'no nodes', isEmpty: true },
      { pool: 'hosted', why: expect.stringContaining('hosts') as string },
      { pool: 'virtual', why: expect.stringContaining('virtual') as string },
      { pool: 'down', why: expect.stringContaining('ready') as string },
    ])
  })

  test('include nodes that no image fits, unless a spare of the pool fits one', () => {
    const [amd, arm, other] = [sampleNode('a1'), sampleNode('a2', { arch: 'arm64' }), sampleNode('b1')]
    const selection = selected([amd, arm, other], 'one-per-pool')
    const left = leaveUnfit(selection, [image({ platforms: onArm })], [registry])
    expect(left.chosen).toEqual([{ node: arm, spares: [] }])
    expect(left.skipped).toEqual([{ pool: 'b', why: 'no image to pull is built for its nodes (linux/amd64)' }])
    expect(leaveUnfit(selection, [image({ platforms: onArm }), image()], [registry])).toEqual(selection)
    expect(leaveUnfit(selected([], 'all', 'empty'), [image()], [registry]).skipped).toEqual([
      { pool: 'empty', why: 'no nodes', isEmpty: true },
    ])
  })

  test('are skipped for a registry whose images fit none of their pool, with the reason', () => {
    const base = { id: '/base', name: 'baseacr' }
    const onAmd = [{ os: 'linux', arch: 'amd64' }]
    const constraints = [{ nodeSelector: { disk: 'ssd' }, tolerations: [] }]
    const ofBase = (more: Partial<ProbeImage> = {}): ProbeImage => image({ registryId: '/BASE', ...more })
    const selection = selected([sampleNode('a1'), sampleNode('b1', { arch: 'arm64' })], 'one-per-pool')
    const skipped = (...images: ProbeImage[]) => leaveUnfit(selection, [image(), ...images], [registry, base]).skipped
    const ofPool = (pool: string, why: string) => ({ pool, registry: 'baseacr', why })
    expect(skipped()).toEqual([])
    expect(skipped(ofBase())).toEqual([])
    expect(skipped(ofBase({ platforms: onAmd }))).toEqual([
      ofPool('b', 'no image to pull is built for its nodes (linux/arm64)'),
    ])
    const noWorkload = 'no workload with an image to pull can run on its nodes'
    expect(skipped(ofBase({ constraints }))).toEqual([ofPool('a', noWorkload), ofPool('b', noWorkload)])
    expect(skipped(ofBase({ constraints }), ofBase({ platforms: onAmd }))).toEqual([
      ofPool(
        'b',
        "each image to pull has another platform than its nodes (linux/arm64), or belongs to a workload that can't run on them",
      ),
    ])
    const windows = sampleNode('w1', { os: 'windows', labels: { 'node.kubernetes.io/windows-build': '10.0.26100' } })
    const onWindows = leaveUnfit(selected([windows], 'all'), [ofBase({ platforms: onAmd })], [base])
    expect(onWindows.skipped).toEqual([
      { pool: 'w', why: 'no image to pull is built for its nodes (windows/amd64 10.0.26100)' },
    ])
  })

  test('have a second one, if the pool has other platforms for another registry', () => {
    const base = { id: '/base', name: 'baseacr' }
    const [amd, arm, spare] = [sampleNode('a1'), sampleNode('a2', { arch: 'arm64' }), sampleNode('a3')]
    const images = [
      image({ platforms: [{ os: 'linux', arch: 'amd64' }] }),
      image({ registryId: base.id, platforms: onArm }),
    ]
    const { chosen, skipped } = leaveUnfit(selected([amd, arm, spare], 'one-per-pool'), images, [registry, base])
    expect(chosen).toEqual([
      { node: amd, spares: [spare] },
      { node: arm, spares: [] },
    ])
    expect(skipped).toEqual([])
  })

  test('can become usable unless they are virtual or hosted', () => {
    const may = [{ isReady: false }, { isVirtual: true }, { isHosted: true }].map(each =>
      mayBecomeUsable(sampleNode('a1', each)),
    )
    expect(may).toEqual([true, false, false])
  })
})

describe('findings about skipped nodes', () => {
  const seat = (node: ClusterNode, pulls: NodePull[] = []): Seat => ({ index: 0, node, spares: [], pulls })
  const showPool = `az aks nodepool show ${s} --resource-group rg-shop --cluster-name aks-1 --name apps`

  test('are notices with the command that shows the pool or the node', () => {
    const [pool, karpenter, node, ...more] = findSkipped(target, {
      chosen: [],
      skipped: [
        { pool: 'apps', why: 'no nodes' },
        { pool: 'gpu-pool', why: 'no nodes' },
      ],
      skippedNodes: [{ node: 'a1', why: 'it is cordoned' }],
    })
    expect(more).toEqual([])
    expect(pool).toMatchObject({ code: 'POOL_SKIPPED', severity: 'notice', subject: target.id })
    expect(pool?.message).toBe('The pool apps of aks-1 was not probed: no nodes.')
    expect(pool?.fix.commands).toEqual([showPool])
    expect(karpenter?.fix.commands).toEqual(['kubectl get nodes --label-columns karpenter.sh/nodepool,agentpool'])
    expect(node).toMatchObject({ code: 'NODE_SKIPPED', severity: 'notice', subject: target.id })
    expect(node?.message).toBe('The node a1 of aks-1 was not probed: it is cordoned.')
    expect(node?.fix.commands).toEqual(['kubectl describe node a1'])
  })

  test('are not about pools without nodes, which a note lists', () => {
    const skipped = ['b10', 'b2'].map(pool => ({ pool, why: 'no nodes', isEmpty: true as const }))
    const selection = { chosen: [], skipped: [{ pool: 'a', why: 'no node is ready' }, ...skipped], skippedNodes: [] }
    expect(findSkipped(target, selection)).toHaveLength(1)
    expect(noteEmptyPools(target, selection, [])).toEqual(['aks-1 has no nodes in the pools b2, b10'])
    expect(noteEmptyPools(target, { ...selection, skipped: skipped.slice(0, 1) }, [])).toEqual([
      'aks-1 has no nodes in the pool b10',
    ])
    expect(noteEmptyPools(target, { ...selection, skipped: [] }, [])).toEqual([])
  })

  test('are about the pool if the abandoned node was its only one', () => {
    const skipped = [
      { ...seat(sampleNode('apps1')), abandoned: 'it accepted no pod' },
      { ...seat(sampleNode('gpu1')), abandoned: 'it left the cluster' },
    ]
    const abandoned = findAbandoned(target, { seats: [seat(sampleNode('apps2'))], skipped })
    expect(abandoned.map(({ code, message }) => [code, message])).toEqual([
      ['NODE_SKIPPED', 'The node apps1 of aks-1 was not probed: it accepted no pod.'],
      [
        'POOL_SKIPPED',
        'The pool gpu of aks-1 was not probed: its node gpu1 was abandoned because it left the cluster.',
      ],
    ])
  })

  test('cover pools whose nodes turned out to fit no image', () => {
    const misfit = { verdict: 'not-found', cause: 'platform', image: image() } as NodePull
    const pulled = { verdict: 'pulled', image: image() } as NodePull
    const seats = [
      seat(sampleNode('apps1'), [pulled, misfit]),
      seat(sampleNode('win1', { os: 'windows' }), [misfit]),
      seat(sampleNode('win2', { os: 'windows' }), [misfit]),
    ]
    const base = { id: '/base', name: 'baseacr' }
    const messages = (...images: ProbeImage[]) =>
      findMisfits(target, { seats }, images, [registry, base]).map(({ message }) => message)
    const ofWindows = 'The pool win of aks-1 was not probed: no image to pull is built for its nodes (windows/amd64).'
    expect(messages(image())).toEqual([ofWindows])
    // Nodes that joined did not even try.
    const constraints = [{ nodeSelector: { disk: 'ssd' }, tolerations: [] }]
    expect(messages(image(), image({ registryId: '/BASE', constraints }))).toEqual([
      'The pool apps of aks-1 was not probed at baseacr: no workload with an image to pull can run on its nodes.',
      ofWindows,
    ])
    const misfitOfBase = { ...misfit, image: image({ registryId: '/base' }) }
    const mixed = [seat(sampleNode('apps1'), [pulled, misfitOfBase])]
    expect(
      findMisfits(target, { seats: mixed }, [image(), misfitOfBase.image], [registry, base]).map(
        ({ message }) => message,
      ),
    ).toEqual([
      'The pool apps of aks-1 was not probed at baseacr: no image to pull is built for its nodes (linux/amd64).',
    ])
  })

  test.each([
    [() => notProbed(target, image()), 'notice', target.id, ['kubectl get nodes --show-labels']],
    [
      () => nothingThere(registry),
      'warning',
      registry.id,
      [`az acr repository list --name contosoacr --output table ${s}`],
    ],
    [() => nothingPulled(target, registry), 'warning', target.id, [expect.stringMatching(/^az aks nodepool list /)]],
  ])('have subject and commands: %#', (find, severity, subject, commands) => {
    expect(find()).toMatchObject({ code: 'IMAGE_NOT_PROBED', severity, subject, fix: { commands } })
  })

  test('name the image and its origin, and the registry with anonymous pull', () => {
    expect(notProbed(target, image()).message).toBe(
      'contosoacr.azurecr.io/app:1 (images) was not pulled on aks-1: none of its nodes can run it.',
    )
    expect(nothingThere(registry).message).toMatch(/^contosoacr has none of the images that this step pulls, so /)
    expect(nothingThere(registry).fix.text).toContain('mode: attach')
    expect(nothingThere(registry, false).fix.text).toMatch(/^Set probe-image /)
    expect(nothingPulled(target, registry).message).toMatch(/^No node of aks-1 could pull from contosoacr, so /)
    expect(pulledByAnyone(registry)).toMatchObject({
      code: 'ANONYMOUS_PULL',
      severity: 'warning',
      subject: registry.id,
      message: expect.stringMatching(/^contosoacr allows anonymous pull/) as string,
      fix: { commands: [`az acr update --name contosoacr --anonymous-pull-enabled false ${s}`] },
    })
  })

  test('say whose nodes had the layers, per registry', () => {
    const pull = (layers?: NodePull['layers']) => ({ image: image(), layers }) as NodePull
    const other = sampleTarget('aks-2')
    const pairs = (pulls: [typeof target, NodePull[]][]) =>
      pulls.map(([of, own]): Parameters<typeof findUnfetched>[0]['verifications'][number] => [
        { target: of, registry },
        { verified: 'pull', pulls: own },
      ])
    const unfetched = (...pulls: [typeof target, NodePull[]][]) =>
      findUnfetched({ verifications: pairs(pulls), findings: [] })
    const findings = [pulledFromPeers(target, 'kube-system/spegel')]
    expect(findUnfetched({ verifications: pairs([[target, [pull('on-node')]]]), findings })).toEqual([])
    const others = findings.map(finding => ({ ...finding, code: 'SERVICE_ACCOUNT_PULL' as const }))
    expect(findUnfetched({ verifications: pairs([[target, [pull('on-node')]]]), findings: others })).toHaveLength(1)
    expect(unfetched([target, [pull('on-node'), pull('fetched')]])).toEqual([])
    expect(unfetched([target, []])).toEqual([])
    const had = unfetched([target, [pull('on-node')]], [other, [pull('on-node')]])
    expect(had).toMatchObject([
      {
        ...{ code: 'IMAGE_NOT_PROBED', severity: 'notice', subject: registry.id },
        message: expect.stringMatching(/^The nodes of aks-1, aks-2 had all layers .* from contosoacr, /) as string,
        fix: { commands: [`az acr show-endpoints --name contosoacr ${s}`] },
      },
    ])
    const mixed = unfetched([target, [pull('on-node')]], [other, [pull('on-node'), pull()]])
    expect(mixed.map(({ message }) => message.slice(0, 27))).toEqual(['The nodes of aks-1 had all '])
  })

  test('name the mirror, and the service accounts whose pull secrets may have pulled', () => {
    expect(pulledFromPeers(target, 'kube-system/spegel')).toMatchObject({
      code: 'PEER_MIRROR',
      severity: 'warning',
      subject: target.id,
      message: expect.stringMatching(
        /^aks-1 has a peer-to-peer mirror \(the DaemonSet kube-system\/spegel\)/,
      ) as string,
      fix: { commands: ['kubectl get daemonsets --all-namespaces --output wide'] },
    })
    const pull = (account: string) => ({ image: image({ account }), mayBeBySecret: true }) as NodePull
    const plain = { image: image({ account: 'api' }) } as NodePull
    expect(findSecrets(target, [pull('web'), pull('web'), plain])).toMatchObject([
      {
        code: 'SERVICE_ACCOUNT_PULL',
        severity: 'notice',
        message:
          'Probe pods on aks-1 ran as the service account web, which has pull secrets: these may have pulled, not an identity in Azure.',
        fix: {
          commands: ['kubectl get serviceaccounts --all-namespaces --output yaml --field-selector metadata.name=web'],
        },
      },
    ])
  })
})

describe('the platforms of images', () => {
  const arm = sampleNode('arm1', { arch: 'arm64' })
  const windows = sampleNode('win1', { os: 'windows' })

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
    for (const nodes of [[arm], [sampleNode('a1'), windows]]) {
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

  test('are a warning if they lack the platform of a node where the workload may run', () => {
    const constraints = [{ nodeSelector: {}, tolerations: [] }]
    const linux = [{ os: 'linux', arch: 'amd64' }]
    const nodes = [sampleNode('a1'), arm, windows, sampleNode('win2', { os: 'windows' })]
    const reference = 'contosoacr.azurecr.io/other:1'
    const [finding, ...more] = findLackingVariants(
      target,
      [
        image({ constraints, platforms: linux }),
        image({ constraints, reference }),
        image({ platforms: linux, reference }),
      ],
      nodes,
    )
    expect(more).toEqual([])
    expect(finding).toMatchObject({ code: 'IMAGE_NOT_PROBED', severity: 'warning', subject: target.id })
    expect(finding?.message).toContain(
      'contosoacr.azurecr.io/app:1 has no variant for linux/arm64 and windows/amd64, but',
    )
    expect(finding?.fix.commands).toEqual([
      `az acr manifest list-metadata --registry contosoacr --name app --orderby time_desc ${s}`,
    ])
    expect(findLackingVariants(target, [image({ constraints, platforms: linux })], [sampleNode('a1')])).toEqual([])
  })
})
