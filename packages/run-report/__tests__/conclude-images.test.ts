import { expect, it } from 'vitest'
import { parseImageRequest, type ObservedImage, type PlannedImage, type Seen } from 'azure'
import { type Finding, toFixJson } from 'kernel'
import { toImageRow } from 'report-document/src/report.js'
import { endImage, type CheckedImage, type Inputs, type Run } from 'run-model'
import { describeUnserved, findNotServed, findUnserved } from '../src/conclude-endpoints.js'
import { concludeImages, describeUnreadImage, findNotCompared, findQuarantined } from '../src/conclude-images.js'
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
  ...toFixJson(fix).commands,
]

const cases = () => ({
  'present, check': ended('check', { kind: 'present' }, compared),
  'present, attach': ended('attach', { kind: 'present' }, compared),
  'present, check, but its source was not read': ended('check', { kind: 'present' }, { present: there }),
  'locked, check': ended('check', { kind: 'locked' }, { present: withLock }),
  'locked, attach': ended('attach', { kind: 'locked' }, { present: withLock, sourceDigest: digest }),
  'to import, check': ended('check', wanted),
  'to import, check, but it was not read': ended('check', wanted, { present: unseen }),
  'to import, attach, which ended before': ended('attach', wanted),
  'to import, attach, which was cancelled before': ended('attach', wanted, {}, {}),
  'to import, attach, and it was not read': ended('attach', wanted, { present: unseen }),
  'to import, attach, which has done it': ended(
    'attach',
    wanted,
    {},
    { images: [endImage(observed, { status: 'imported', changed: true, digest })] },
  ),
  'to replace, check': ended('check', replaced, { present: there, sourceDigest: 'sha256:b' }),
  'to replace, check, but its source was not read, so nobody knows whether it would change': ended('check', replaced, {
    present: there,
  }),
  'another image, check': ended('check', conflict, { present: there }),
  'another image, attach, which ended before': ended('attach', conflict, { present: there }),
  'source gone, check': ended('check', { kind: 'failed' }, sourceGone),
  'source gone, check, and it was not read': ended('check', { kind: 'failed' }, { present: unseen, ...sourceGone }),
  'source gone, attach': ended('attach', { kind: 'failed' }, sourceGone),
  'no images': concludeImages(sampleRun()).flatMap(describe),
  'not compared or not read; the pause image, one with a digest and one that failed are none of these': findNotCompared(
    [result(), unknown, probe, result({ digest }), result({ status: 'failed' })],
  ).flatMap(describeFinding),
  'hidden by a quarantine, perhaps; the other one has none, and no node pulls the chart': findQuarantined(
    [result({ registry: quarantining }), used({ registry: quarantining }), result(), chart],
    [],
  ).flatMap(describeFinding),
  'at regional endpoints, one of them not known': findNotServed(atEndpoints).flatMap(describeFinding),
  'what is not known of a regional endpoint': describeUnserved(atEndpoints).map(({ message }) => message),
  'what is not known, without a note': [result({ notes: [] }), result({ status: 'unknown', notes: [] })].map(
    describeUnreadImage,
  ),
})

it('how images end about which nothing was done is in images.txt', async () => {
  await expect(catalogueOf(cases())).toMatchFileSnapshot('images.txt')
})
