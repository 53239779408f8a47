import { describe, expect, it } from 'vitest'
import type { ObservedImage } from 'azure'
import type { AzureContext } from 'azure-clients'
import type { Inputs } from 'run-model'
import { applyImages } from '../../../src/apply/images.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { realRegistry } from '../../support/observed.js'
import { restError } from '../../support/rest-error.js'
import { sampleInputs } from '../../support/sample.js'

const digest = `sha256:${'a'.repeat(64)}`
const refused = (status: number, message: string) => restError(status, { error: { code: 'Conflict', message } })
const conflict = refused(409, 'Tag app:1 already exists in target registry.')
const busy = refused(409, 'Another operation is in progress.')

/** Imports an image from quay.io; Azure answers with these in order, and then does it. */
async function importImage(answers: (Error | 'lost')[], arrived = digest, inputs: Partial<Inputs> = {}) {
  const clock = createFakeClock()
  const sent: { source: { sourceImage: string; credentials?: object } }[] = []
  const start = (_: string, __: string, parameters: (typeof sent)[number]) => {
    sent.push(parameters)
    const answer = answers.shift()
    if (answer) return Promise.reject(answer === 'lost' ? refused(503, 'Busy') : answer)
    const poller = { poll: () => Promise.resolve(), isDone: true }
    return Promise.resolve({ poller, isFollowed: true, isRepeated: false, demandedMs: () => 0 })
  }
  const azure = {
    clients: { caller: { name: '', objectId: '' }, resourceManager: { start } },
    content: { read: () => Promise.resolve({ digest: arrived }) },
    sources: { findAttachments: () => Promise.resolve('none') },
    newRoles: { patiently: (work: () => unknown) => work() },
    signal: new AbortController().signal,
  }
  const source = { host: 'quay.io', repository: 'app', tag: '1', digest: '' }
  const request = { text: 'quay.io/app:1', source, repository: 'app', tag: '1' }
  const image = { registry: realRegistry(), request, sourceDigest: digest, present: { kind: 'missing' }, notes: [] }
  const plan = { kind: 'import' as const, force: false, reason: '' }
  const planned = [{ image: image as unknown as ObservedImage, plan }]
  const nothing = (): void => undefined
  const progress = { onStart: nothing, onWait: nothing, onDone: nothing }
  const all = { ...sampleInputs, ...inputs, timeoutMs: 60_000 }
  const [end] = await applyImages(azure as unknown as AzureContext, planned, all, clock, progress)
  return { sent: sent.map(({ source: each }) => each), end: [end?.status, end?.changed, end?.error?.code] }
}

describe('an import', () => {
  const other = `sha256:${'b'.repeat(64)}`
  it.each<[string, Parameters<typeof importImage>, unknown[], number]>([
    ['is done', [[]], ['imported', true, undefined], 1],
    ['is sent again to a registry that is busy', [[busy, busy]], ['imported', true, undefined], 3],
    ['that another run has done is no change', [[conflict]], ['present', false, undefined], 1],
    ['is a conflict with another image', [[conflict], other], ['failed', false, 'IMAGE_CONFLICT'], 1],
    ['whose answer was lost is done if the image is there', [['lost']], ['imported', true, undefined], 1],
    ['that brings another image failed', [[], other], ['failed', true, 'IMAGE_DIGEST_MISMATCH'], 1],
  ])('%s', async (_, given, end, tries) => {
    const imported = await importImage(...given)
    expect(imported.end).toEqual(end)
    expect(imported.sent).toHaveLength(tries)
  })

  it.each(['quay.io', 'docker.io'])('is by digest, and has credentials for their host alone: %s', async host => {
    const sourceCredentials = { host, username: 'robot', password: 'secret' }
    const { sent } = await importImage([], digest, { sourceCredentials })
    const credentials = { username: 'robot', password: 'secret' }
    const source = { registryUri: 'quay.io', sourceImage: `app@${digest}` }
    expect(sent).toEqual([host === 'quay.io' ? { ...source, credentials } : source])
  })
})
