import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Seen } from 'azure'
import { ActionError } from 'kernel'
import type { WorkloadContainer } from 'run-model'
import { findRunning, type AskedImage } from '../src/lookup.js'
import { judgeRunning, selectLost, type AnsweredImage } from '../src/running-findings.js'
import { sampleContainer, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const part = (digest: string) => ({ digest, platform: 'linux/amd64' })

const registry = { ...sampleRegistry(), id: sampleRegistry().id.replace('/s/', `/${randomUUID()}/`) }
type Answers = Omit<AnsweredImage, 'image'>

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
const [a, b, c] = ['a', 'b', 'c'].map(digestOf) as [string, string, string]

const ran = {
  cluster: sampleTarget('aks-1').id,
  image: `${registry.loginServer}/shop/api:1.4`,
  runningDigest: a,
  pods: 3,
}
const use = (more: Partial<WorkloadContainer> = {}): WorkloadContainer => sampleContainer({ ...ran, ...more })

/** The only image that these containers run. */
const imageOf = (...uses: WorkloadContainer[]): AskedImage<'workload'> => {
  const [image] = findRunning(uses, [registry])
  if (!image) throw new Error('no image')
  return image
}

const found = (digest: string, more: object = {}): Seen => ({ kind: 'found', content: { digest, ...more } })
const missing: Seen = { kind: 'missing', isRepositoryGone: false }
const unread = new ActionError('AUTHORIZATION_FAILED', { what: 'It could not be read', why: 'no role' })

/** What the registry shows, in short: a digest, with the parts of an index (`b of a c`) or what is locked (`a, tag locked`). */
function see(text: string): Seen {
  if (text === 'missing') return missing
  if (text === 'unknown') return { kind: 'unknown', error: unread }
  const [, digest = '', parts, lock] = /^(\w)(?: of ([\w ]+))?(?:, (\w+) locked)?$/.exec(text) ?? []
  const index = parts?.split(' ').map(letter => part(digestOf(letter)))
  return found(digestOf(digest), { ...(index && { parts: index }), ...(lock && { locks: [lock] }) })
}

const pinned = (digest: string) => imageOf(use({ image: `${registry.loginServer}/shop/api@${digest}` }))

describe('an image that runs', () => {
  const tagged = imageOf(use())
  const [idle, waiting] = [imageOf(use({ runningDigest: '' })), imageOf(use({ isWaiting: true }))]
  const cronJob = imageOf(use({ kind: 'CronJob', runningDigest: '', pods: 0 }))
  const inPart = imageOf(use(), use({ name: 'web', isWaiting: true }))
  type Row = [title: string, image: AskedImage<'workload'>, named: string, running: string, expected: string]
  test.each<Row>([
    ['is present if its tag has the digest that runs', tagged, 'a', '', 'present a'],
    ['is present if nothing runs it now', idle, 'b', '', 'present b'],
    ['is gone with its tag', tagged, 'missing', 'a', 'gone'],
    ['has moved if its tag has another digest', tagged, 'b', 'a', 'moved b'],
    ['has moved even if the old digest is gone', tagged, 'b', 'missing', 'moved b'],
    ['has not moved if it is part of the index', tagged, 'b of a c', 'a', 'present b'],
    ['is gone if the index lacks the part that runs', tagged, 'b of a', 'missing', 'gone b'],
    ['has moved even if the old digest could not be read', tagged, 'b', 'unknown', 'moved b'],
    ['is unknown if the tag could not be read', tagged, 'unknown', '', 'unknown'],
    ['is unknown if the part that runs could not be read', tagged, 'b of a', 'unknown', 'unknown b'],
    ['is locked with its tag', tagged, 'a, tag locked', '', 'locked a'],
    ['is locked with its tag, even if that has moved', tagged, 'b, tag locked', '', 'locked b'],
    ['is locked with the part that runs', tagged, 'b of a', 'a, manifest locked', 'locked b'],
    ['has moved if its index has only others', tagged, 'b of c', 'unknown', 'moved b'],
    ['is missing if pods only wait for it', waiting, 'missing', '', 'missing'],
    ['is missing if a cron job that never had a pod names it', cronJob, 'missing', '', 'missing'],
    ['is gone if one of its pods has it, and another waits', inPart, 'missing', '', 'gone'],
    // The next restart pulls the other image.
    ['has moved from a locked one', tagged, 'b', 'a, manifest locked', 'moved b'],
    ['is present by digest, whatever its tags', pinned(a), 'a', '', 'present a'],
    ['is gone by digest', pinned(a), 'missing', '', 'gone'],
    ['is present by the digest of its platform, while the index runs', pinned(c), 'c', 'a', 'present c'],
    ['is gone with the digest that runs', pinned(c), 'c', 'missing', 'gone c'],
    ['is unknown if the digest that runs could not be read', pinned(c), 'c', 'unknown', 'unknown c'],
  ])('%s', (_, image, named, running, expected) => {
    const { status, digest } = judgeRunning({ image, named: see(named), ...(running && { running: see(running) }) })
    expect(`${status} ${digest.charAt('sha256:'.length)}`.trimEnd()).toBe(expected)
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
    const others = [use({ runningDigest: b }), use({ image: 'docker.io/library/nginx:1' })]
    const images = findRunning([...first, other, ...others], [registry])
    expect(images.map(({ reference, runningDigest, uses }) => [reference, runningDigest, uses.length])).toEqual([
      ['1.4', a, 3],
      ['1.4', b, 1],
    ])
  })

  test('is found by login server in any letter case, and by regional endpoint', () => {
    const names = ['ContosoACR.azurecr.io/api', 'contosoacr.westeurope.geo.azurecr.io/api']
    const images = names.map(image => use({ image }))
    expect(findRunning(images, [registry])).toMatchObject([{ repository: 'api', reference: 'latest', uses: images }])
  })

  test('is none of another registry, and none without a valid name', () => {
    const images = ['nginx', 'fabrikam.azurecr.io/api:v1', 'contosoacr.azurecr.io/API', '']
    expect(images.flatMap(image => findRunning([use({ image })], [registry]))).toEqual([])
  })

  test('with tag and digest is the digest', () => {
    const both = imageOf(use({ image: `${registry.loginServer}/shop/api:1.4@${a}` }))
    expect(both).toMatchObject({ repository: 'shop/api', reference: a })
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
