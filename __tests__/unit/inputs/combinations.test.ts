import { beforeEach, describe, expect, it } from 'vitest'
import { readInputs } from '../../../src/inputs/inputs.js'
import { give, giveDefaults, inputGuid, readClusterInputs, readProblems } from '../../support/inputs.js'

beforeEach(giveDefaults)

/** Gives several inputs. */
function giveAll(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) give(name, value)
}

const group = inputGuid.replace('1111', '2222')

describe('a detach', () => {
  it('leaves no group: that of the inputs is ignored, with a warning', async () => {
    giveAll({ mode: 'detach', repositories: 'team/app', group })
    expect(await readInputs()).toMatchObject({ group: '', ignored: [expect.stringMatching(/^group is ignored/)] })
  })

  it('reads no manifests, and does not need them', async () => {
    giveAll({ mode: 'detach', manifests: 'gone/*.yaml' })
    expect(await readClusterInputs()).toMatchObject({
      manifests: [],
      manifestDoubts: [],
      manifestGlobs: ['gone/*.yaml'],
    })
  })
})

describe('the images of workloads', () => {
  it('are pulled only if asked for, together with others', async () => {
    giveAll({ verify: 'pull', workloads: '*', 'probe-image': 'workloads\nteam/app:v1' })
    expect(await readClusterInputs()).toMatchObject({ probesWorkloads: true, probeImages: [{ path: 'team/app:v1' }] })
    give('probe-image', 'team/app:v1\nworkloads:v1')
    const inputs = await readClusterInputs()
    expect(inputs).not.toHaveProperty('probesWorkloads')
    expect(inputs.probeImages.map(({ path }) => path)).toEqual(['team/app:v1', 'workloads:v1'])
  })
})

describe('probes', () => {
  it('can pull from any registry of a group, but not from one of another cloud', async () => {
    giveAll({ registry: '*', 'subscription-id': inputGuid, 'probe-image': 'whatever.azurecr.io/app:v1' })
    expect((await readClusterInputs()).probeImages).toEqual([
      { text: 'whatever.azurecr.io/app:v1', loginServer: 'whatever.azurecr.io', path: 'app:v1' },
    ])
  })

  it('run in the namespace default unless another one is given, and as the given account', async () => {
    giveAll({ 'probe-namespace': '', 'probe-service-account': 'shop.api' })
    expect(await readClusterInputs()).toMatchObject({ probeNamespace: 'default', probeServiceAccount: 'shop.api' })
  })
})

describe('where the result is shown', () => {
  it.each([
    ['', '', true, false],
    ['false', 'true', false, true],
    ['true', 'false', true, false],
  ])('follows job-summary: "%s" and report-html: "%s"', async (summary, html, jobSummary, reportHtml) => {
    giveAll({ mode: 'check', 'job-summary': summary, 'report-html': html })
    expect(await readInputs()).toMatchObject({ jobSummary, reportHtml, ignored: [] })
  })

  it('is no HTML file where there is no check, which is reported', async () => {
    give('report-html', 'true')
    expect((await readInputs()).ignored).toEqual(['report-html is ignored when mode is attach.'])
    giveAll({ mode: 'merge', reports: 'reports' })
    expect((await readInputs()).ignored).toEqual([])
  })
})

describe('filters of *', () => {
  it('are read without spaces around their parts, and can have an empty value', async () => {
    giveAll({ 'subscription-id': inputGuid, cluster: '*\n!  aks-old\nTAG: env =  prod \ntag:free=' })
    const { clusters } = await readClusterInputs()
    expect(clusters).toMatchObject([
      {
        kind: 'all',
        filters: [
          { kind: 'not', name: 'aks-old' },
          { kind: 'tag', key: 'env', value: 'prod' },
          { kind: 'tag', key: 'free', value: '' },
        ],
      },
    ])
  })
})

it('the images of the inputs are named in their problems', async () => {
  giveAll({ images: 'Nginx:1', 'source-username': 'robot' })
  expect(await readProblems()).toEqual([
    expect.stringMatching(/^ {2}images: found "Nginx:1" in line 1; /),
    expect.stringMatching(/^ {2}source-password: empty/),
  ])
  giveAll({ images: 'nginx:1 => web:v1\nnginx:2 => web:v1', 'source-username': '' })
  expect(await readProblems()).toEqual([
    expect.stringMatching(/^ {2}images: .*in line 2; expected one source for web:v1/),
  ])
  giveAll({ images: 'nginx:1 => web:v1', 'force-import': '' })
  expect(await readClusterInputs()).toMatchObject({
    images: [{ text: 'nginx:1', repository: 'web', tag: 'v1' }],
    forceImport: false,
  })
})
