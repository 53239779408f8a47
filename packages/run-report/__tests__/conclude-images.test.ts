import { expect, it } from 'vitest'
import { parseImageRequest, type ObservedImage, type PlannedImage, type Seen } from 'azure'
import { type Finding, toFixJson } from 'kernel'
import { toImageRow } from 'report-document/src/report.js'
import { endImage, type CheckedImage, type Inputs, type Run } from 'run-model'
import { describeUnserved, findNotServed, findUnserved } from '../src/conclude-endpoints.js'
import { concludeImages, describeUnreadImage, findNotCompared, findQuarantined } from '../src/conclude-images.js'
import { sayScopes } from '../../../__tests__/support/catalogue.js'
import { catalogueOf, failure } from '../../../__tests__/support/concluding.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleInputs, sampleRegistry, sampleRun } from '../../../__tests__/support/sample.js'

// How an image of the inputs ends about which nothing was done. The results are in images.txt, beside this file, which `npx vitest run -u` writes.

const digest = `sha256:${'a'.repeat(64)}`
const request = parseImageRequest('nginx:1.27')
if (!request) throw new Error('it is an image')
const id = sampleId('contosoacr', 'rg-shop', 'Microsoft.ContainerRegistry/registries')
const registry = { ...sampleRegistry(), id }
const observed: ObservedImage = { request, registry, present: { kind: 'missing' }, notes: ['a note'] }

/** What is said of an image: whether it is importable, and what can be done. */
function describe(image: CheckedImage<'input'>): string[] {
  const { status, changed, error, notes } = image
  const { importable } = toImageRow(image)
  const facts = [
    status,
    changed && 'changed',
    image.digest && 'with its digest',
    importable !== null && (importable ? 'importable' : 'not importable'),
    ...notes,
  ]
  if (!error) return [facts.filter(Boolean).join(', ')]
  const { code, subject, message, cause, fix } = error
  return [
    facts.filter(Boolean).join(', '),
    `${[code, subject].filter(Boolean).join(' on ')}: ${message}`,
    ...(cause instanceof Error ? [`because: ${cause.message}`] : []),
    ...(fix.length > 0 ? [`fix: ${toFixJson(fix).text.replaceAll('\n', ' / ')}`] : []),
  ]
}

const ended = (
  mode: Inputs['mode'],
  plan: PlannedImage['plan'],
  more: Partial<ObservedImage> = {},
  rest: Partial<Run> = { error: unavailable },
): string[] => {
  const images = [{ image: { ...observed, ...more }, plan }]
  const planned = { pairs: [], operations: [], images, findings: [], unknown: [] }
  const run = sampleRun([], { inputs: { ...sampleInputs, mode }, plan: planned, ...rest })
  return concludeImages(run).flatMap(describe)
}

const unavailable = failure('AZURE_UNAVAILABLE', 'The run has failed.')
const there: Seen = { kind: 'found', content: { digest } }
const withLock: Seen = { kind: 'found', content: { digest, locks: ['manifest'] } }
const unseen: Seen = { kind: 'unknown', error: unavailable }
const compared = { present: there, sourceDigest: digest }
const sourceGone = { sourceError: failure('IMAGE_NOT_FOUND', 'The source is gone.') }
const wanted: PlannedImage['plan'] = { kind: 'import', force: false, reason: 'it is not there' }
const replaced: PlannedImage['plan'] = { ...wanted, force: true, reason: 'it has another digest' }
const conflict: PlannedImage['plan'] = { kind: 'conflict', reason: 'it has another digest' }

const result = (more: Partial<CheckedImage<'input'>> = {}): CheckedImage<'input'> =>
  endImage(observed, { status: 'present', notes: ['a note', 'another'], ...more })
const unknown = result({ status: 'unknown' })
const probe = result({ request: { ...request, isProbe: true } })

const quarantining = { ...registry, quarantines: true as const }
const used = (more: Partial<CheckedImage<'manifest'>> = {}): CheckedImage<'manifest'> => ({
  wantedBy: 'manifest',
  ...{ registry, repository: 'shop/web', reference: 'v1', status: 'present', digest },
  uses: [{ image: 'contosoacr.azurecr.io/shop/web:v1', file: 'a.yaml', document: 1, resource: '', field: 'f' }],
  ...more,
})
const chart = used({
  ...{ registry: quarantining, repository: 'charts/shop' },
  uses: [{ ...used().uses[0], pulledBy: 'controller' }],
})
const atEndpoint = (host: string, repository: string, why?: string): CheckedImage<'manifest'> => {
  const [use] = used().uses
  return used({
    repository,
    uses: [{ ...use, image: `${host}/${repository}:v1` }],
    unserved: { host, ...(why && { why }) },
  })
}
const [east, west] = ['contosoacr.eastus.geo.azurecr.io', 'contosoacr.westeurope.geo.azurecr.io'] as const
const atEndpoints = findUnserved(
  [
    atEndpoint(east, 'shop/web'),
    atEndpoint(east, 'shop/api'),
    atEndpoint(west, 'shop/web', 'Azure did not answer.'),
    used(),
  ],
  [],
)
const describeFinding = ({ severity, code, message, fix }: Finding): string[] => [
  `${severity} ${code}: ${message}`,
  toFixJson(fix).text,
  ...toFixJson(fix).commands.map(sayScopes),
]

const cases = () => ({
  'a present image is present in check': ended('check', { kind: 'present' }, compared),
  'a present image is present in attach': ended('attach', { kind: 'present' }, compared),
  'a present image is present without its digest if its source was not read': ended(
    'check',
    { kind: 'present' },
    { present: there },
  ),
  'a locked image in check: locked, with whom to ask': ended('check', { kind: 'locked' }, { present: withLock }),
  'a locked image in attach: locked, with whom to ask': ended(
    'attach',
    { kind: 'locked' },
    { present: withLock, sourceDigest: digest },
  ),
  'a missing image in check: importable': ended('check', wanted),
  'an image that was not read in check: unknown': ended('check', wanted, { present: unseen }),
  'an attach that failed before the import: failed': ended('attach', wanted),
  'an attach that was cancelled before the import: failed': ended('attach', wanted, {}, {}),
  'an attach that failed, and the image was not read: failed': ended('attach', wanted, { present: unseen }),
  'an image to replace in check: importable, with force-import': ended('check', replaced, {
    present: there,
    sourceDigest: 'sha256:b',
  }),
  'an image to replace whose source was not read: present, because nobody knows whether it would change': ended(
    'check',
    replaced,
    { present: there },
  ),
  'another image of the name in check: not importable': ended('check', conflict, { present: there }),
  'an image whose source is gone in check: not importable': ended('check', { kind: 'failed' }, sourceGone),
  'an image that was not read, whose source is gone: unknown': ended(
    'check',
    { kind: 'failed' },
    { present: unseen, ...sourceGone },
  ),
  'an image whose source is gone in attach: failed': ended('attach', { kind: 'failed' }, sourceGone),
  'no images, no results': concludeImages(sampleRun()).flatMap(describe),
  'an image that was not compared or read is a warning, but not the pause image, one with a digest, or one that failed':
    findNotCompared([result(), unknown, probe, result({ digest }), result({ status: 'failed' })]).flatMap(
      describeFinding,
    ),
  'an image that a quarantine may hide is a warning, but not a chart, which no node pulls': findQuarantined(
    [result({ registry: quarantining }), used({ registry: quarantining }), result(), chart],
    [],
  ).flatMap(describeFinding),
  'images at an endpoint that is not enabled are a warning, but not at one that is not known':
    findNotServed(atEndpoints).flatMap(describeFinding),
  'a regional endpoint that is not known is said with its image': describeUnserved(atEndpoints).map(
    ({ message }) => message,
  ),
  'an unread image without a note is said without a reason': [
    result({ notes: [] }),
    result({ status: 'unknown', notes: [] }),
  ].map(describeUnreadImage),
})

it('how images end about which nothing was done is in images.txt', async () => {
  await expect(catalogueOf(cases())).toMatchFileSnapshot('images.txt')
})
