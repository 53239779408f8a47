import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseImageRequest, type Seen } from 'azure'
import { ActionError, partsOf } from 'kernel'
import type { WorkloadContainer } from 'run-model'
import { findRunning, type AskedImage } from '../src/lookup.js'
import {
  checkRunning,
  judgeRunning,
  selectLost,
  type AnsweredImage,
  type RunningContext,
} from '../src/running-findings.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const part = (digest: string) => ({ digest, platform: 'linux/amd64' })

const registry = {
  ...sampleRegistry(),
  id: `/subscriptions/${randomUUID()}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr`,
}
type Answers = Omit<AnsweredImage, 'image'>

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
const [a, b, c] = ['a', 'b', 'c'].map(digestOf) as [string, string, string]

const use = (more: Partial<WorkloadContainer> = {}): WorkloadContainer => ({
  cluster: sampleTarget('aks-1').id,
  namespace: 'shop',
  kind: 'Deployment',
  name: 'api',
  container: 'api',
  image: `${registry.loginServer}/shop/api:1.4`,
  runningDigest: a,
  pods: 3,
  ...more,
})

/** The only image that these containers run. */
const imageOf = (...uses: WorkloadContainer[]): AskedImage<'workload'> => {
  const [image] = findRunning(uses, [registry])
  if (!image) throw new Error('no image')
  return image
}

const found = (digest: string, more: object = {}): Seen => ({ kind: 'found', content: { digest, ...more } })
const missing: Seen = { kind: 'missing', isRepositoryGone: false }
const unknown: Seen = {
  kind: 'unknown',
  error: new ActionError('AUTHORIZATION_FAILED', 'It could not be read: no role.', { reason: 'no role' }),
}

const pinned = (digest: string, more: Partial<WorkloadContainer> = {}) =>
  imageOf(use({ image: `${registry.loginServer}/shop/api@${digest}`, ...more }))

describe('an image that runs', () => {
  const tagged = imageOf(use())
  test.each<[string, AskedImage<'workload'>, Answers, string, string]>([
    ['is present if its tag has the digest that runs', tagged, { named: found(a) }, 'present', a],
    ['is present if nothing runs it now', imageOf(use({ runningDigest: '' })), { named: found(b) }, 'present', b],
    ['is gone with its tag', tagged, { named: missing, running: found(a) }, 'gone', ''],
    ['has moved if its tag has another digest', tagged, { named: found(b), running: found(a) }, 'moved', b],
    ['has moved even if the old digest is gone', tagged, { named: found(b), running: missing }, 'moved', b],
    [
      'has not moved if it is part of the index',
      tagged,
      { named: found(b, { parts: [part(a), part(c)] }), running: found(a) },
      'present',
      b,
    ],
    [
      'is gone if the index lacks the part that runs',
      tagged,
      { named: found(b, { parts: [part(a)] }), running: missing },
      'gone',
      b,
    ],
    ['is unknown if the tag could not be read', tagged, { named: unknown }, 'unknown', ''],
    [
      'is unknown if the part that runs could not be read',
      tagged,
      { named: found(b, { parts: [part(a)] }), running: unknown },
      'unknown',
      b,
    ],
    ['is locked with its tag', tagged, { named: found(a, { locks: ['tag'] }) }, 'locked', a],
    ['is locked with its tag, even if that has moved', tagged, { named: found(b, { locks: ['tag'] }) }, 'locked', b],
    [
      'is locked with the part that runs',
      tagged,
      { named: found(b, { parts: [part(a)] }), running: found(a, { locks: ['manifest'] }) },
      'locked',
      b,
    ],
    [
      'has moved if its index has only others',
      tagged,
      { named: found(b, { parts: [part(c)] }), running: unknown },
      'moved',
      b,
    ],
    ['is missing if pods only wait for it', imageOf(use({ isWaiting: true })), { named: missing }, 'missing', ''],
    [
      'is gone if one of its pods has it, and another waits',
      imageOf(use(), use({ name: 'web', isWaiting: true })),
      { named: missing },
      'gone',
      '',
    ],
    // The next restart pulls the other image.
    [
      'has moved from a locked one',
      tagged,
      { named: found(b), running: found(a, { locks: ['manifest'] }) },
      'moved',
      b,
    ],
    ['is present by digest, whatever its tags', pinned(a), { named: found(a) }, 'present', a],
    ['is gone by digest', pinned(a), { named: missing }, 'gone', ''],
    [
      'is present by the digest of its platform, while the index runs',
      pinned(c),
      { named: found(c), running: found(a) },
      'present',
      c,
    ],
    ['is gone with the digest that runs', pinned(c), { named: found(c), running: missing }, 'gone', c],
    [
      'is unknown if the digest that runs could not be read',
      pinned(c),
      { named: found(c), running: unknown },
      'unknown',
      c,
    ],
  ])('%s', (_, image, answers, status, digest) => {
    expect(judgeRunning({ image, ...answers })).toMatchObject({ status, digest })
  })

  const on = (arch: string): Partial<WorkloadContainer> => ({
    constraints: { nodeSelector: { 'kubernetes.io/arch': arch, 'kubernetes.io/os': 'linux' }, tolerations: [] },
  })
  const indexOf = (parts: Record<string, string>): object => ({
    parts: Object.entries(parts).map(([digest, platform]) => ({ digest: digestOf(digest), platform })),
  })
  // Attestations have no platform.
  const before = indexOf({ 1: 'linux/amd64', 2: 'linux/arm64', 9: '' })
  /** What is in the index that runs, and in the one that the tag names now. */
  test.each<[string, WorkloadContainer[], object, string[], string]>([
    ['of all its platforms', [use()], before, ['1', '2'], 'present'],
    ['not of a platform that its nodes can have', [use()], before, ['1', '3'], 'moved'],
    ['of the only platform of its nodes', [use(on('amd64'))], before, ['1', '3'], 'present'],
    ['not of that platform', [use(on('arm64'))], before, ['1', '3'], 'moved'],
    ['not of that of some', [use(on('amd64')), use({ ...on('arm64'), name: 'web' })], before, ['1', '3'], 'moved'],
    ['of no platform that its nodes have', [use(on('s390x'))], before, ['1', '2'], 'moved'],
    ['of nothing but attestations', [use()], indexOf({ 9: '' }), ['9'], 'moved'],
    ['of no index', [use()], {}, ['1'], 'moved'],
  ])('that was built again has the same image %s', (_, uses, old, now, status) => {
    const named = found(b, { parts: now.map(digest => part(digestOf(digest))) })
    expect(judgeRunning({ image: imageOf(...uses), named, running: found(a, old) }).status).toBe(status)
  })

  test('is one per reference and running digest, over all clusters', () => {
    const other = use({ cluster: sampleTarget('aks-2').id })
    const first = [use(), use({ container: 'sidecar' })]
    const images = findRunning(
      [...first, other, use({ runningDigest: b }), use({ image: 'docker.io/library/nginx:1' })],
      [registry],
    )
    expect(images.map(({ reference, runningDigest, uses }) => [reference, runningDigest, uses.length])).toEqual([
      ['1.4', a, 3],
      ['1.4', b, 1],
    ])
  })

  test('with tag and digest is the digest', () => {
    const both = imageOf(use({ image: `${registry.loginServer}/shop/api:1.4@${a}` }))
    expect(both).toMatchObject({ repository: 'shop/api', reference: a })
  })
})

const nothing: RunningContext = { images: [], softDelete: new Map() }

const commandsOf = (image: AskedImage<'workload'>, answers: Answers, context: Partial<RunningContext> = {}) =>
  checkRunning({ image, ...answers }, { ...nothing, ...context }).error?.fix.commands

describe('an image for which pods wait', () => {
  test('is an error that says who waits, with the tags that are there', () => {
    const image = imageOf(use({ isWaiting: true, runningDigest: '', pods: 2 }))
    const { status, error } = checkRunning({ image, named: missing }, nothing)
    expect(status).toBe('missing')
    expect(error).toMatchObject({
      ...{ code: 'IMAGE_NOT_FOUND', subject: 'shop/api:1.4', resource: registry.id },
      reason: 'it is not in the registry',
      message:
        '2 pods of 1 deployment on aks-1 wait for shop/api:1.4, which is not on contosoacr: Deployment shop/api on aks-1.',
    })
    expect(error?.fix.commands).toEqual([
      expect.stringMatching(/^az acr repository show-tags --name contosoacr --repository shop\/api /),
    ])
  })
})

test('a registry has lost images that are gone with their digests: those are worth asking whether they can be restored', () => {
  const image = imageOf(use())
  const answers: Answers[] = [
    { named: missing, running: missing },
    { named: missing },
    { named: missing, running: found(a) },
    { named: found(b), running: missing },
    { named: found(b), running: found(a) },
  ]
  expect(answers.map(answer => selectLost([{ image, ...answer }]))).toEqual([[registry], [registry], [], [], []])
  const waiting = imageOf(use({ isWaiting: true }))
  expect(selectLost([{ image: waiting, named: missing }])).toEqual([])
})

describe('an image that is gone', () => {
  test('names who runs it, and since when', () => {
    const since = Date.parse('2026-10-02T08:00:00Z')
    const image = imageOf(
      use({ since }),
      use({ cluster: sampleTarget('aks-2').id, name: 'web', pods: 1, since: since + 86_400_000 }),
    )
    const { error } = checkRunning({ image, named: missing, running: missing }, nothing)
    expect(error).toMatchObject({
      code: 'RUNNING_IMAGE_GONE',
      message:
        'shop/api:1.4 is no longer on contosoacr, but 4 pods of 2 deployments on 2 clusters run it, since 2026-10-02: Deployment shop/api on aks-1, Deployment shop/web on aks-2.',
    })
  })

  test('was there if any pod has it', () => {
    const image = imageOf(use({ kind: 'CronJob', name: 'nightly', pods: 0 }), use())
    const { error } = checkRunning({ image, named: missing }, nothing)
    expect(error?.message).toMatch(/^shop\/api:1\.4 is no longer on contosoacr, but /)
  })

  test('is not said to have been there if no pod has it', () => {
    const image = imageOf(use({ kind: 'CronJob', name: 'nightly', pods: 0, runningDigest: '' }))
    const { error } = checkRunning({ image, named: missing }, nothing)
    expect(error?.message).toBe(
      'shop/api:1.4 is not on contosoacr, but 1 cron job on aks-1 uses it: CronJob shop/nightly on aks-1.',
    )
  })

  test('gets its tag again if its digest is left', () => {
    const commands = commandsOf(imageOf(use()), { named: missing, running: found(a, { tags: ['1.4-hotfix'] }) })
    expect(commands).toEqual([
      expect.stringMatching(
        /^az acr import --name contosoacr --source contosoacr\.azurecr\.io\/shop\/api@sha256:a+ --image shop\/api:1\.4 /,
      ),
    ])
  })

  test('can be restored where soft delete is on', () => {
    const gone = { named: missing, running: missing }
    const on = new Map([[registry, { value: { days: 14 } }]])
    const off = new Map([[registry, { value: { days: 0 } }]])
    const restore = [
      expect.stringMatching(/^az acr manifest list-deleted --registry contosoacr --name shop\/api /),
      expect.stringMatching(/^az acr manifest restore --registry contosoacr --name shop\/api:1\.4 --digest sha256:a+ /),
    ]
    expect(commandsOf(imageOf(use()), gone, { softDelete: on })).toEqual(restore)
    expect(commandsOf(imageOf(use()), gone)).toEqual(restore)
    expect(commandsOf(imageOf(use()), gone, { softDelete: off })).toEqual([])
    const textsOf = (softDelete: typeof on) => {
      const { error } = checkRunning({ image: imageOf(use()), ...gone }, { images: [], softDelete })
      return error ? partsOf(error.fix).map(({ text }) => text) : []
    }
    expect(textsOf(off)).toContainEqual(expect.stringContaining('Soft delete is off'))
    // An alternative only if something else is advised.
    expect(textsOf(off).at(-1)).toMatch(/^Push it again/)
    expect(textsOf(on).at(-1)).toMatch(/^Or push it again/)
  })

  test('is imported again from its source', () => {
    const request = parseImageRequest('docker.io/contoso/api:1.4 => shop/api:1.4')
    const commands = commandsOf(
      imageOf(use()),
      { named: missing, running: missing },
      { images: request ? [request] : [] },
    )
    const { error } = checkRunning(
      { image: imageOf(use()), named: missing, running: missing },
      { ...nothing, images: request ? [request] : [] },
    )
    expect(error && partsOf(error.fix).at(-1)?.text).toBe(
      'The input images names its source, docker.io/contoso/api:1.4: the step imports it again with mode: attach, or by hand:',
    )
    expect(commands?.at(-1)).toMatch(
      /^az acr import --name contosoacr --source docker\.io\/contoso\/api:1\.4 --image shop\/api:1\.4 /,
    )
  })
})

test.each<[string, WorkloadContainer[], string]>([
  [
    'at the next restart',
    [use({ isAlways: true })],
    'The next restart runs the new image (imagePullPolicy: Always). Restart the workloads when that suits you, or deploy by digest.',
  ],
  [
    'on other nodes',
    [use()],
    'Without imagePullPolicy: Always, a restart runs the new image only on nodes that do not have the old one. To change the image, deploy by digest.',
  ],
  [
    'at the next restart of some',
    [use({ isAlways: true }), use({ name: 'web' })],
    'The next restart of Deployment shop/api on aks-1 runs the new image (imagePullPolicy: Always); for the others, a restart runs the new image only on nodes that do not have the old one. Restart the workloads when that suits you, or deploy by digest.',
  ],
])('a tag that has moved is what workloads get %s', (_, uses, text) => {
  const { finding } = checkRunning({ image: imageOf(...uses), named: found(b), running: found(a) }, nothing)
  expect(finding?.fix).toMatchObject({ text, commands: [] })
})

test('a tag that has moved is a notice with both digests', () => {
  const { finding } = checkRunning({ image: imageOf(use()), named: found(b), running: found(a) }, nothing)
  expect(finding).toMatchObject({
    code: 'RUNNING_IMAGE_MOVED',
    severity: 'notice',
    message: `shop/api:1.4 on contosoacr has moved to ${b}; 3 pods of 1 deployment on aks-1 run it as ${a}: Deployment shop/api on aks-1.`,
  })
})

test('a lock is named with its level, who runs the image, and the commands that show it and take it away', () => {
  const locked = found(a, { locks: ['repository', 'tag', 'manifest'] })
  const { status, error } = checkRunning({ image: imageOf(use()), named: locked }, nothing)
  expect([status, error?.code]).toEqual(['locked', 'AZURE_REFUSED'])
  expect(error?.message).toBe(
    'shop/api:1.4 on contosoacr is locked, so no node can pull it: readEnabled is false on its repository and its tag and its manifest. ' +
      '3 pods of 1 deployment on aks-1 run it: Deployment shop/api on aks-1.',
  )
  const [show, unlock] = error ? partsOf(error.fix) : []
  const places = ['--repository shop/api', '--image shop/api:1.4', `--image shop/api@${a}`]
  expect(show?.commands).toEqual(
    places.map(place =>
      expect.stringContaining(
        `az acr repository show --name contosoacr ${place} --query changeableAttributes --subscription `,
      ),
    ),
  )
  expect(unlock?.commands).toEqual(
    places.map(place =>
      expect.stringContaining(`az acr repository update --name contosoacr ${place} --read-enabled true `),
    ),
  )
  // Who unlocks an image that somebody has withdrawn harms.
  expect([show?.caution, unlock?.caution]).toEqual([undefined, expect.any(String)])
})
