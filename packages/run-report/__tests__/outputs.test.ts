import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { ObservedImage } from 'azure'
import { ActionError } from 'kernel'
import { toReport, toReportJson, type ReportJson } from 'report-document'
import { mask } from 'runner'
import { endImage, startRun, type Run, type CheckedImage } from 'run-model'
import { conclude } from 'run-report'
import { setInitialOutputs, setOutputs } from '../src/outputs.js'
import {
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'
import { fine, merge, reportOf } from '../../../__tests__/support/merging.js'
import { sampleObserved, sampleObservedPair } from '../../../__tests__/support/observed.js'

/** The outputs that a function sets, as GitHub's runner reads them. */
function outputsOf(set: () => void): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'outputs-'))
  const file = join(folder, 'output')
  writeFileSync(file, '')
  vi.stubEnv('GITHUB_OUTPUT', file)
  vi.stubEnv('RUNNER_TEMP', folder)
  try {
    set()
  } finally {
    vi.unstubAllEnvs()
  }
  const entries = readFileSync(file, 'utf8').matchAll(/^(.+)<<(\S+)\n([^]*?)\n\2$/gm)
  return Object.fromEntries([...entries].map(([, name = '', , value = '']) => [name, value]))
}

const outputs = (run: Run): Record<string, string> => {
  const report = toReport(conclude(run))
  return outputsOf(() => {
    setOutputs(report, report.own.errors[0]?.code ?? '')
  })
}

const [one, two] = ['aks-1', 'aks-2'].map(name => sampleOperation(sampleTarget(name))) as [
  ReturnType<typeof sampleOperation>,
  ReturnType<typeof sampleOperation>,
]
const pairs = [one, two].map(operation => samplePair({ operation }))
const outcomes = [one, two].map((operation, index) => {
  return { operation, changed: true, roleAssignmentId: `id-${index + 1}`, finishedAt: 1 }
})
const verifications = new Map(
  pairs.map((pair, index) => [pair, { verified: 'assignment' as const, propagationSeconds: [41.26, 7][index] ?? 0 }]),
)

function sampleImage(text: string, digest: string, isProbe = false): CheckedImage<'input'> {
  const source = { host: 'docker.io', repository: text, tag: '1', digest: '' }
  const request = { text, source, repository: text, tag: '1', isProbe }
  const image = {
    request,
    registry: sampleRegistry(),
    present: { kind: 'missing' },
    notes: [],
  } as unknown as ObservedImage
  return endImage(image, { status: 'imported', changed: true, digest })
}

describe('the outputs', () => {
  it('describe the first pair, with the longest wait', () => {
    const targets = [one, two].map(({ target }) => ({ asked: target.name, value: target }))
    const observed = sampleObserved([sampleObservedPair([], { registry: sampleRegistry() })], { targets })
    expect(outputs(sampleRun(pairs, { observed, outcomes, verifications }))).toMatchObject({
      attached: 'true',
      changed: 'true',
      drift: 'false',
      verified: 'assignment',
      'registry-login-server': 'contosoacr.azurecr.io',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
      'pull-identity-object-id': one.target.identity.objectId,
      'pull-identity-client-id': 'client-aks-1',
      'role-assignment-id': 'id-1',
      'propagation-seconds': '41.3',
      'error-code': '',
      image: '',
      images: '[]',
    })
  })

  it.each([
    [100, 100],
    [101, undefined],
  ])('have the names of up to 100 nodes that another day asks: of %i nodes %s', (count, named) => {
    const unasked = Array.from({ length: count }, (_, index) => `n${index}`)
    const pair = fine('aks-1')
    const { pairs: rows } = reportOf([pair], {}, { verifications: new Map([[pair, { verified: 'pull', unasked }]]) })
    expect(rows[0]?.unasked?.length).toBe(named)
  })

  it('of a merge are attached if each job was, whatever its pulls ended with', async () => {
    const unavailable = new ActionError('AZURE_UNAVAILABLE', 'no')
    const held = fine('aks-1')
    const refuted = reportOf([held], {}, { verifications: new Map([[held, { verified: 'none', error: unavailable }]]) })
    const beyond = { verified: 'none', error: unavailable, isBeyondRights: true } as const
    const unpulled = reportOf([held], {}, { verifications: new Map([[held, beyond]]) })
    const attachedOf = async (...reports: ReportJson[]) => (await merge(reports)).outputs.attached
    expect(await attachedOf(unpulled, reportOf([fine('aks-2')]))).toBe('true')
    expect(await attachedOf(refuted, reportOf([fine('aks-2')]))).toBe('false')
  })

  it('are empty if nothing is known, with the code of the first failure', () => {
    const error = new ActionError('SIGN_IN_FAILED', 'no')
    const { report, 'report-file': file, ...others } = outputs(sampleRun([], { error }))
    expect(others).toEqual({
      attached: 'false',
      ready: 'false',
      changed: 'false',
      drift: 'false',
      verified: 'none',
      'registry-login-server': '',
      'registry-login-servers': '[]',
      'pull-identity-object-id': '',
      'pull-identity-client-id': '',
      'role-assignment-id': '',
      image: '',
      images: '[]',
      'propagation-seconds': '',
      'error-code': 'SIGN_IN_FAILED',
    })
    expect(JSON.parse(report ?? '')).toMatchObject({ attached: false, pairs: [] })
    expect(file).toMatch(/report\.json$/)
  })

  it('omit a registry that was not found, and take no other for the first; name one whose role is wrong', () => {
    const error = new ActionError('REGISTRY_NOT_FOUND', 'no')
    const found = (name: string, loginServer: string) => {
      const registry = { ...sampleRegistry(name), loginServer }
      return { asked: name, value: { registry, role: pairs[0]?.role ?? [] } }
    }
    const registries = [{ asked: 'nowhere', error }, found('new', ''), found('two', 'two.azurecr.io')]
    const withoutRole = { asked: 'one', error, found: { ...sampleRegistry('one'), loginServer: 'one.azurecr.io' } }
    const observed = { ...sampleObserved([]), registries } as unknown as Run['observed']
    expect(outputs({ ...sampleRun(), ...(observed && { observed }) })).toMatchObject({
      'registry-login-server': '',
      'registry-login-servers': '["two.azurecr.io"]',
    })
    const unusable = { ...observed, registries: [withoutRole] } as unknown as NonNullable<Run['observed']>
    expect(outputs({ ...sampleRun(), observed: unusable })).toMatchObject({
      'registry-login-server': 'one.azurecr.io',
      'registry-login-servers': '["one.azurecr.io"]',
    })
  })

  it('name only the images of the inputs, the first one pinned to its digest', () => {
    const images = [sampleImage('pause', 'sha256:aa', true), sampleImage('app', 'sha256:bb'), sampleImage('web', '')]
    const { image, images: all } = outputs(sampleRun([], { images }))
    expect(image).toBe('contosoacr.azurecr.io/app@sha256:bb')
    expect(JSON.parse(all ?? '')).toMatchObject([
      { image: 'contosoacr.azurecr.io/app@sha256:bb', digest: 'sha256:bb' },
      { image: 'contosoacr.azurecr.io/web:1', digest: null },
    ])
    expect(outputs(sampleRun([], { images: images.slice(2) })).image).toBe('contosoacr.azurecr.io/web:1')
  })

  it.each(['imported', 'present', 'unknown', 'missing', 'locked', 'failed'] as const)(
    'have the image to deploy unless nobody gets it: %s',
    status => {
      const { image } = outputs(sampleRun([], { images: [{ ...sampleImage('app', ''), status }] }))
      expect(image).toBe(['missing', 'locked', 'failed'].includes(status) ? '' : 'contosoacr.azurecr.io/app:1')
    },
  )

  it('have no reference to an image in a registry that does not exist yet: its login server is not known', () => {
    const result = sampleImage('web', '')
    const images = [{ ...result, registry: { ...sampleRegistry('freshacr'), loginServer: '' } }]
    const { image, images: all } = outputs(sampleRun([], { images }))
    expect(image).toBe('')
    expect(JSON.parse(all ?? '')).toMatchObject([{ image: null, name: 'web:1' }])
  })

  it('are preset to cancelled before anything is done, because a killed step sets no others', () => {
    const set = outputsOf(() => {
      setInitialOutputs(startRun(0, 'attach'))
    })
    expect(set).toMatchObject({ attached: 'false', changed: 'false', verified: 'none', 'error-code': 'CANCELLED' })
    for (const name of ['report-file', 'report-html-file', 'drift-issue-number', 'drift-issue-url', 'image'])
      expect(set[name]).toBe('')
  })

  it('of a merge combine those of the reports, with its own code', () => {
    const report = { ...toReport(conclude(sampleRun(pairs, { outcomes, verifications }))), drift: true, own: null }
    const set = (code: string) =>
      outputsOf(() => {
        setOutputs(report, code)
      })
    expect(set('CLUSTER_NOT_FOUND')).toMatchObject({
      attached: 'true',
      drift: 'true',
      verified: 'assignment',
      images: '[]',
      'error-code': 'CLUSTER_NOT_FOUND',
    })
    const { report: text = '', 'report-file': file = '' } = set('')
    expect(JSON.parse(text)).toEqual(toReportJson(report))
    expect(file).toMatch(/report\.json$/)
  })

  it('are the counts of a report that is too long for one, which its file has whole', () => {
    const set = outputs(sampleRun([], { notes: ['x'.repeat(130_000)] }))
    const [output, file] = [set.report ?? '', readFileSync(set['report-file'] ?? '', 'utf8')].map(
      text => JSON.parse(text) as ReportJson,
    )
    expect([output?.notes.length, file?.notes.length]).toEqual([0, 1])
  })

  it('have no secret that a service has repeated, and neither has the report file', () => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    mask('correct-horse-battery')
    stdout.mockRestore()
    const error = new ActionError('AZURE_REFUSED', 'It said: correct-horse-battery')
    const set = outputs(sampleRun([], { error, notes: ['correct-horse-battery is wrong'] }))
    const { notes, error: told } = JSON.parse(set.report ?? '') as ReportJson
    expect([notes, told?.message]).toEqual([['*** is wrong'], 'It said: ***.'])
    expect(JSON.parse(readFileSync(set['report-file'] ?? '', 'utf8'))).toEqual(JSON.parse(set.report ?? ''))
  })

  it("include a warning if the report file can't be written", () => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const report = toReport(conclude(sampleRun()))
    const set = outputsOf(() => {
      for (const name of ['RUNNER_TEMP', 'TMPDIR']) vi.stubEnv(name, '/dev/null/nowhere')
      setOutputs(report, '')
    })
    expect(set).toMatchObject({ 'report-file': '', verified: 'none' })
    expect(stdout.mock.calls.join('\n')).toContain('The report file could not be written')
  })
})
