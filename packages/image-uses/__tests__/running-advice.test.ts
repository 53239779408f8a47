import { describe, expect, test } from 'vitest'
import { parseImageRequest, type ImageRequest, type Seen } from 'azure'
import { ActionError } from 'kernel'
import type { WorkloadContainer } from 'run-model'
import { findRunning, type AskedImage } from '../src/lookup.js'
import { checkRunning, type AnsweredImage, type RunningContext } from '../src/running-findings.js'
import { sampleContainer, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

// What is said of an image that runs, and what to do. The sentences are in running-advice.txt, beside this file: `npx vitest run -u` writes it, and its diff is
// what a review reads.

const subscription = '11111111-2222-4333-8444-555555555555'
const registry = {
  ...sampleRegistry(),
  id: `/subscriptions/${subscription}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr`,
}
const [a, b] = ['a', 'b'].map(letter => `sha256:${letter.repeat(64)}`) as [string, string]

function imageOf(...uses: Partial<WorkloadContainer>[]): AskedImage<'workload'> {
  const ran = {
    cluster: sampleTarget('aks-1').id,
    image: `${registry.loginServer}/shop/api:1.4`,
    runningDigest: a,
    pods: 1,
  }
  const containers = uses.map(more => sampleContainer({ ...ran, ...more }))
  const [image] = findRunning(containers, [registry])
  if (!image) throw new Error('no image')
  return image
}

type Answers = Omit<AnsweredImage, 'image'>
const tagged = imageOf({})
const pinned = imageOf({ image: `${registry.loginServer}/shop/api@${b}` })
const found = (digest: string, more: object = {}): Seen => ({ kind: 'found', content: { digest, ...more } })
const missing: Seen = { kind: 'missing', isRepositoryGone: false }
const wholly: Seen = { kind: 'missing', isRepositoryGone: true }
const tags = found(a, { tags: ['hotfix', 'other'] })
const gone: Answers = { named: missing, running: missing }
const moved: Answers = { named: found(b), running: found(a) }
const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read')
const check = (image: AskedImage<'workload'>, answers: Answers, context: Partial<RunningContext> = {}) =>
  checkRunning({ image, ...answers }, { images: [], softDelete: new Map(), ...context })

/** All that is said: code, message, and each part of the advice with its commands. */
function told(...args: Parameters<typeof check>): string {
  const { error, finding, status } = check(...args)
  const parts = [error, finding].flatMap(each => each?.fix ?? [])
  return [
    [status, error?.code ?? finding?.code, error?.subject, error?.message ?? finding?.message]
      .filter(Boolean)
      .join(' '),
    ...parts.flatMap(({ text, caution, commands }) => [`- ${caution ? `(${caution}) ` : ''}${text}`, ...commands]),
  ].join('\n')
}

const kept = (value: { value: { days: number } } | { error: ActionError }) => ({
  softDelete: new Map([[registry, value]]),
})
const asking = (...texts: string[]) => ({
  images: texts.flatMap(text => parseImageRequest(`docker.io/contoso/api${text}`) ?? []),
})
const withoutHost: ImageRequest = {
  text: 'contoso/api:1.4',
  repository: 'shop/api',
  tag: '1.4',
  source: { host: '', repository: 'contoso/api', tag: '1.4', digest: '' },
}
const since = Date.parse('2026-10-02T08:00:00Z')
const onTwo = { cluster: sampleTarget('aks-2').id, name: 'web', since: since + 86_400_000 }
const cronJob = { kind: 'CronJob', name: 'nightly', pods: 0 }
const waiting = imageOf({ isWaiting: true, runningDigest: '', pods: 2 })

const cases = {
  present: told(tagged, { named: found(a) }),
  'gone: with its tag': told(tagged, gone),
  'gone: with its repository': told(tagged, { named: wholly, running: wholly }),
  'gone: by digest': told(pinned, gone),
  'gone: the digest that runs, beside the one that is named': told(pinned, { named: found(b), running: missing }),
  'gone: from several clusters, since a day': told(imageOf({ since }, onTwo), gone),
  'gone: from more than three workloads': told(
    imageOf(...'one two three four five'.split(' ').map(name => ({ name }))),
    gone,
  ),
  'gone: a pod has it, a cron job has none': told(imageOf(cronJob, {}), { named: missing }),
  'missing: nothing has it yet': told(imageOf({ ...cronJob, runningDigest: '' }), { named: missing }),
  'gone: kept by soft delete': told(tagged, gone, kept({ value: { days: 14 } })),
  'gone: without soft delete': told(tagged, gone, kept({ value: { days: 0 } })),
  'gone: nobody knows about soft delete': told(tagged, gone, kept({ error: unread })),
  'gone: its digest is left, without a tag': told(tagged, { named: missing, running: found(a) }),
  'gone: its digest is left, with a tag': told(tagged, { named: missing, running: tags }),
  'gone: by digest, which is left': told(pinned, { named: missing, running: found(a) }),
  'gone: the input images names others': told(tagged, gone, asking(':1.5 => shop/api:1.5', ':1.4 => shop/web:1.4')),
  'gone: the input images names its source': told(tagged, gone, asking(':1.4 => shop/api:1.4')),
  'gone: by digest, of which the input images names the source': told(pinned, gone, asking(`@${b} => shop/api`)),
  'gone: by digest, of which the input images names another': told(pinned, gone, asking(`@${a} => shop/api`)),
  'gone: its source can only be named by the step': told(tagged, gone, { images: [withoutHost] }),
  'missing: pods wait for it': told(waiting, { named: missing }),
  'moved: on other nodes': told(tagged, moved),
  'moved: at the next restart': told(imageOf({ isAlways: true }), moved),
  'moved: at the next restart of some': told(imageOf({ isAlways: true }, { name: 'web' }), moved),
  'moved: the old digest is gone': told(tagged, { named: found(b), running: missing }),
  'locked: in all places': told(tagged, { named: found(a, { locks: ['repository', 'tag', 'manifest'] }) }),
  'locked: by digest': told(pinned, { named: found(b, { locks: ['manifest'] }) }),
}

test('what is said of an image that runs is in running-advice.txt', async () => {
  await expect(printCatalogue(cases, text => text)).toMatchFileSnapshot('running-advice.txt')
})

describe('an image that runs', () => {
  test('is told from others by its registry, its reference and its digest', () => {
    expect(check(tagged, gone).error?.resource).toBe(`${registry.id} 1.4 ${a}`)
    expect(check(pinned, gone).error?.resource).toBe(`${registry.id} ${b} ${a}`)
    expect(check(waiting, { named: missing }).error?.resource).toBe(registry.id)
    expect(check(tagged, moved).finding).toMatchObject({ severity: 'notice', subject: registry.id })
  })
})
