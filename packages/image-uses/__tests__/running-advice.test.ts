import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { showLockCommand, type ImageRequest, type Seen } from 'azure'
import { unlockCommand } from 'azure/src/az-image-commands.js'
import { ActionError, partsOf } from 'kernel'
import type { WorkloadContainer } from 'run-model'
import { findRunning, type AskedImage } from '../src/lookup.js'
import { checkRunning, type AnsweredImage, type RunningContext } from '../src/running-findings.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import { importCommand, listDeletedCommand, restoreManifestCommand } from '../src/az-image-commands.js'

const part = (digest: string) => ({ digest, platform: 'linux/amd64' })

const registry = {
  ...sampleRegistry(),
  id: `/subscriptions/${randomUUID()}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr`,
}
type Answers = Omit<AnsweredImage, 'image'>

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
const [a, b] = ['a', 'b'].map(digestOf) as [string, string]

function imageOf(...uses: Partial<WorkloadContainer>[]): AskedImage<'workload'> {
  const containers = uses.map(more => ({
    cluster: sampleTarget('aks-1').id,
    namespace: 'shop',
    kind: 'Deployment',
    name: 'api',
    container: 'api',
    image: `${registry.loginServer}/shop/api:1.4`,
    runningDigest: a,
    pods: 1,
    ...more,
  }))
  const [image] = findRunning(containers, [registry])
  if (!image) throw new Error('no image')
  return image
}

const tagged = imageOf({})
const pinned = imageOf({ image: `${registry.loginServer}/shop/api@${b}` })
const found = (digest: string, more: object = {}): Seen => ({ kind: 'found', content: { digest, ...more } })
const missing: Seen = { kind: 'missing', isRepositoryGone: false }
const gone: Answers = { named: missing, running: missing }
const nothing: RunningContext = { images: [], softDelete: new Map() }

function explain(image: AskedImage<'workload'>, answers: Answers, context: Partial<RunningContext> = {}) {
  const { error } = checkRunning({ image, ...answers }, { ...nothing, ...context })
  const parts = error ? partsOf(error.fix) : []
  return { error, commands: error?.fix.commands, texts: parts.map(({ text }) => text), parts }
}

const request = (more: Partial<ImageRequest>, host = 'docker.io'): ImageRequest => ({
  text: 'contoso/api:1.4',
  source: { host, repository: 'contoso/api', tag: '1.4', digest: '' },
  repository: 'shop/api',
  tag: '1.4',
  ...more,
})

describe('an image that is gone', () => {
  test('is an error about the image, with a key for this registry, reference and digest', () => {
    expect(explain(tagged, gone).error).toMatchObject({
      code: 'RUNNING_IMAGE_GONE',
      subject: 'shop/api:1.4',
      resource: `${registry.id} 1.4 ${a}`,
      reason: 'it is not in the registry',
    })
    expect(explain(pinned, gone).error).toMatchObject({
      subject: `shop/api@${b}`,
      resource: `${registry.id} ${b} ${a}`,
    })
    expect(checkRunning({ image: tagged, ...gone }, nothing)).toMatchObject({
      status: 'gone',
      digest: '',
      repository: 'shop/api',
    })
  })

  test('shows digests short, says what is gone, and since when only if that is known', () => {
    const message = (answers: Answers, image = tagged) => explain(image, answers).error?.message
    expect(message(gone)).toContain(
      'shop/api:1.4 is no longer on contosoacr, but 1 pod of 1 deployment on aks-1 runs it: ',
    )
    expect(message(gone)).not.toContain('since')
    const wholly: Seen = { kind: 'missing', isRepositoryGone: true }
    expect(message({ named: wholly, running: wholly })).toContain(
      'is no longer on contosoacr, nor is its repository, but',
    )
    const lacking = message({ named: found(b), running: missing }, pinned)
    expect(lacking).toContain(
      `shop/api@${b.slice(0, 19)}… is on contosoacr without its running digest ${a.slice(0, 19)}…`,
    )
  })

  test('names the first three workloads', () => {
    const names = ['one', 'two', 'three', 'four', 'five']
    const { error } = explain(imageOf(...names.map(name => ({ name }))), gone)
    expect(names.filter(name => error?.message.includes(`shop/${name} on`))).toEqual(['one', 'four', 'five'])
  })

  test('is restored with its tag, or by the digest that workloads name', () => {
    expect(explain(tagged, gone).commands).toEqual([
      listDeletedCommand(registry.id, 'shop/api'),
      restoreManifestCommand(registry.id, 'shop/api:1.4', a),
    ])
    expect(explain(pinned, gone).commands).toEqual([
      listDeletedCommand(registry.id, 'shop/api'),
      restoreManifestCommand(registry.id, 'shop/api', b),
    ])
  })

  test('is looked for first, and restored in a step of its own', () => {
    expect(explain(tagged, gone).parts.map(({ commands }) => commands.length)).toEqual([0, 1, 1, 0])
  })

  test('is kept for as long as soft delete says, which is not promised if that could not be read', () => {
    const kept = (days: number) => explain(tagged, gone, { softDelete: new Map([[registry, { value: { days } }]]) })
    expect(kept(14).texts[1]).toContain('contosoacr keeps what is deleted for 14 days')
    const off = kept(0)
    expect(off.commands).toEqual([])
    expect(off.texts[1]).toContain('off on contosoacr')
    expect(off.texts).toHaveLength(3)
    const unread = { error: new ActionError('AUTHORIZATION_FAILED', 'It could not be read.') }
    const doubtful = explain(tagged, gone, { softDelete: new Map([[registry, unread]]) })
    expect(doubtful.commands).toHaveLength(2)
    expect(doubtful.texts[1]).toContain('If soft delete is on, contosoacr keeps')
  })

  test('gets its tag again instead, if its digest is left: with a tag, or without', () => {
    const again = [importCommand(registry.id, `${registry.loginServer}/shop/api@${a}`, 'shop/api:1.4')]
    const left = (more: object = {}) => explain(tagged, { named: missing, running: found(a, more) })
    expect(left().commands).toEqual(again)
    expect(left().texts[1]).toContain('its digest, without a tag')
    expect(left({ tags: ['hotfix', 'other'] }).texts[1]).toContain('its digest, with the tag hotfix')
    // A digest has no tag to lose.
    expect(explain(pinned, { named: missing, running: found(a) }).commands).toHaveLength(2)
  })

  test('is imported again only from the source of the same image', () => {
    const last = (image: AskedImage<'workload'>, ...images: ImageRequest[]) =>
      explain(image, gone, { images }).parts.at(-1)
    const others = [request({ tag: '1.5' }), request({ repository: 'shop/web' })]
    expect(last(tagged, ...others)?.commands).toEqual([])
    const import14 = [importCommand(registry.id, 'docker.io/contoso/api:1.4', 'shop/api:1.4')]
    expect(last(tagged, ...others, request({}))?.commands).toEqual(import14)
    expect(last(tagged, request({}))?.text).toContain('names its source, docker.io/contoso/api:1.4:')
    const source = { host: 'docker.io', repository: 'contoso/api', tag: '', digest: b }
    expect(last(pinned, request({ tag: '', source }))?.commands).toEqual([
      importCommand(registry.id, `docker.io/contoso/api@${b}`, `shop/api@${b}`),
    ])
    expect(last(pinned, request({ tag: '', source: { ...source, digest: a } }))?.commands).toEqual([])
  })

  test('has no command for a source that only the step can name', () => {
    const part = explain(tagged, gone, { images: [request({}, '')] }).parts.at(-1)
    expect(part?.commands).toEqual([])
    expect(part?.text).toMatch(/mode: attach\.$/)
  })
})

describe('an image whose tag has moved', () => {
  const moved = (running: Seen, image = tagged) => checkRunning({ image, named: found(b), running }, nothing)

  test('is a notice about the registry, without an error or a command', () => {
    const checked = moved(found(a))
    expect(checked).toMatchObject({ status: 'moved', digest: b })
    expect(checked.finding).toMatchObject({ code: 'RUNNING_IMAGE_MOVED', severity: 'notice', subject: registry.id })
    expect(checked.finding?.fix.commands).toEqual([])
    expect(checked).not.toHaveProperty('error')
    expect(checked.finding?.message).not.toContain('no longer')
  })

  test('says that the digest that runs is gone', () => {
    expect(moved(missing).finding?.message).toContain(`as ${a}, which is no longer on contosoacr:`)
  })

  test('has moved too if its digest could not be read, but not if it is a part of the index', () => {
    const error = new ActionError('AZURE_UNAVAILABLE', 'It did not answer.')
    const unknown: Seen = { kind: 'unknown', error }
    expect(moved(unknown).status).toBe('moved')
    const index = found(b, { parts: [part(a)] })
    const about = (running: Seen) => checkRunning({ image: tagged, named: index, running }, nothing)
    expect(about(found(a)).status).toBe('present')
    expect(about(unknown)).toMatchObject({ status: 'unknown', digest: b, error })
  })
})

test('an image that is present has neither an error nor a finding', () => {
  const checked = checkRunning({ image: tagged, named: found(a) }, nothing)
  expect(checked).toMatchObject({ status: 'present', digest: a })
  expect(checked).not.toHaveProperty('error')
  expect(checked).not.toHaveProperty('finding')
})

test('a lock is an error about the image in its registry', () => {
  const { status, error } = checkRunning({ image: pinned, named: found(b, { locks: ['manifest'] }) }, nothing)
  expect(status).toBe('locked')
  expect(error).toMatchObject({ code: 'AZURE_REFUSED', subject: `shop/api@${b}`, resource: registry.id })
  expect(error?.fix.commands).toEqual([
    showLockCommand(registry.id, ['--image', `shop/api@${b}`]),
    unlockCommand(registry.id, ['--image', `shop/api@${b}`], 'read'),
  ])
})
