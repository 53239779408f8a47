import { describe, expect, it } from 'vitest'
import { describeImage, type ObservedImage, type PlannedImage, type Seen, pinned } from 'azure'
import { toFixJson } from 'kernel'
import { endImage, lackOf, settle, wordsOfOperation, isDirect, type Operation } from 'run-model'
import { sampleAccess, sampleOperation, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()
const target = sampleTarget()

const operations = {
  creation: { operation: 'create-registry', reason: '', registry, sku: 'Basic', location: '' },
  grant: sampleOperation(),
  ofGroup: { ...sampleOperation(), principalType: 'Group', principalId: 'g' },
  limited: { ...sampleOperation(), operation: 'update-role-assignment', condition: 'c', unreached: 'team/*' },
  deletion: {
    operation: 'delete-role-assignment',
    reason: '',
    target,
    registry,
    assignment: sampleAccess().assignment,
    role: 'AcrPull',
  },
  joining: { operation: 'add-group-member', reason: '', target, groupId: 'g' },
} satisfies Record<string, Operation>

it.each<[keyof typeof operations, string, string, string]>([
  ['creation', 'registry contosoacr (Basic)', 'the registry contosoacr does not exist', 'created'],
  ['grant', 'AcrPull on contosoacr for aks-prod-1', 'AcrPull is missing', 'created'],
  ['ofGroup', 'AcrPull on contosoacr for group g', 'AcrPull is missing for group g', 'created'],
  [
    'limited',
    'AcrPull on contosoacr for aks-prod-1, limited to repositories',
    'AcrPull does not reach team/*',
    'updated',
  ],
  ['deletion', 'AcrPull on contosoacr for aks-prod-1', '', 'deleted'],
  ['joining', 'membership of aks-prod-1 in group g', 'the pull identity is not a member of group g', 'added'],
])('%s is called %s; without it: %s; with it, it is %s', (name, called, lack, effect) => {
  const operation = operations[name]
  const { name: named, effect: done } = wordsOfOperation(operation)
  expect([named, lackOf(operation)?.message ?? '', done]).toEqual([called, lack, effect])
  expect(isDirect(operation)).toBe(name === 'grant' || name === 'limited')
})

/** An image that is planned. */
function plan(kind: string, more: Partial<ObservedImage> = {}): PlannedImage {
  const source = { host: 'docker.io', repository: 'library/nginx', tag: '1', digest: '' }
  const request = { text: 'nginx:1', source, repository: 'nginx', tag: '1', isProbe: false }
  const image = { request, registry, present: { kind: 'missing' }, notes: ['a note'], ...more }
  return { image, plan: { kind, reason: 'the reason' } } as unknown as PlannedImage
}

const there: Seen = { kind: 'found', content: { digest: 'sha256:aa', sizeInBytes: 7 } }

describe('an image that needs no import', () => {
  it('that is a different one is a conflict, and its digest is not reported', () => {
    const settled = settle(plan('conflict', { present: there }))
    expect(settled).toMatchObject({ status: 'failed', digest: '', changed: false, error: { code: 'IMAGE_CONFLICT' } })
  })

  it('whose name someone has locked against writes says who must be asked, and what unlocks it', () => {
    const content = { digest: 'sha256:aa', writeLocks: ['repository', 'tag'] as const }
    const id = registry.id.replace('/subscriptions/s', '/subscriptions/11111111-2222-4333-8444-555555555555')
    const locked = { registry: { ...registry, id }, present: { kind: 'found', content } } as const
    const { error } = settle(plan('conflict', locked))
    expect(error).toMatchObject({
      code: 'IMAGE_CONFLICT',
      message:
        'nginx:1 on contosoacr is locked, so no other image replaces it: writeEnabled is false on its repository and its tag. the reason.',
    })
    expect(toFixJson(error?.fix ?? []).text).toContain('Ask who, and why, or choose another tag.')
    expect(toFixJson(error?.fix ?? []).commands.slice(2)).toEqual([
      expect.stringMatching(/^az acr repository update --name contosoacr --repository nginx --write-enabled true/),
      expect.stringMatching(/^az acr repository update --name contosoacr --image nginx:1 --write-enabled true/),
    ])
  })

  it("and is the action's pause image may have any digest", () => {
    const probe = plan('present', { present: there })
    const image = { ...probe.image, request: { ...probe.image.request, isProbe: true as const } }
    expect(settle({ ...probe, image }).digest).toBe('sha256:aa')
  })
})

describe('the images of a run', () => {
  it('are named for deployments, by tag if there is no digest', () => {
    const { image } = plan('present')
    const named = endImage(image, { status: 'present' })
    expect([pinned({ ...named, digest: 'sha256:aa' }), pinned(named)]).toEqual([
      'contosoacr.azurecr.io/nginx@sha256:aa',
      'contosoacr.azurecr.io/nginx:1',
    ])
    // Without a login server, a name would mean an image of Docker Hub.
    expect(pinned({ ...named, registry: { ...registry, loginServer: '' } })).toBe('')
    const { request } = image
    const digest = `sha256:${'a'.repeat(64)}`
    const byDigest = { ...request, tag: '', source: { ...request.source, tag: '', digest } }
    expect(describeImage({ ...image, request: byDigest })).toBe(
      'docker.io/library/nginx@sha256:aaaaaaaaaaaa… → nginx@sha256:aaaaaaaaaaaa… on contosoacr',
    )
  })
})
