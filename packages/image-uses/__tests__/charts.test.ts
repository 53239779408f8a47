import { expect, test } from 'vitest'
import { findInFiles } from '../src/manifests/manifests.js'

// Which documents name a chart in an Azure registry; whole files of real tools are in gitops.test.ts.

const chart = 'x.azurecr.io/charts/a'
const address = `oci://${chart}`
const digest = `sha256:${'a'.repeat(64)}`

/** What the documents of a file name, and which doubts there are about it. */
function read(...documents: object[]) {
  const doubts: string[] = []
  const text = documents.map(each => JSON.stringify(each)).join('\n---\n')
  const unexpected = (found: string): never => {
    throw new Error(found)
  }
  const found = findInFiles([{ name: 'a.yaml', text }], unexpected, (_, message) => doubts.push(message))
  return { found: found.map(({ image, pulledBy = 'nodes' }) => `${image} by ${pulledBy}`), doubts }
}

const custom = (spec: object, kind = 'Thing') => ({ apiVersion: 'example.com/v1', kind, metadata: { name: 'a' }, spec })
const source = (ref?: object) => custom({ url: address, ...(ref && { ref }) }, 'OCIRepository')
const repository = (url: string) => custom({ url }, 'HelmRepository')
const sourceRef = { kind: 'HelmRepository', name: 'a' }
const release = custom({ chart: { spec: { chart: 'a', version: '1.2.3', sourceRef } } })

const revision = { targetRevision: '1.2.3' }

test.each<[string, object[], string]>([
  ['a source', [source({ tag: 'v1' })], `${chart}:v1`],
  ['a source without a reference', [source()], `${chart}:latest`],
  ['a source with a digest before a tag', [source({ tag: 'v1', digest })], `${chart}@${digest}`],
  ['a source with a range before a tag', [source({ tag: 'v1', semver: '1.2.3' })], `${chart}:1.2.3`],
  ['a source with a range', [source({ semver: '>=1.0.0' })], `${chart} >=1.0.0`],
  ['a repository of Flux in another document', [repository('oci://x.azurecr.io/charts/'), release], `${chart}:1.2.3`],
  ['a repository elsewhere', [repository('https://charts.example.com'), release], ''],
  ['two repositories of a name', [repository('oci://x.azurecr.io/charts'), repository('oci://y.example'), release], ''],
  ['no repository', [release], ''],
  ['a repository alone', [repository('oci://x.azurecr.io/charts')], ''],
  ['Argo CD', [custom({ repoURL: 'x.azurecr.io/charts', chart: 'a', targetRevision: '1.2.3' })], `${chart}:1.2.3`],
  ['Argo CD, by address', [custom({ repoURL: address, targetRevision: '1.2.3', path: '.' })], `${chart}:1.2.3`],
  ['Argo CD, by path', [custom({ repoURL: 'x.azurecr.io', path: 'charts/a', ...revision })], `${chart}:1.2.3`],
  ['Argo CD, of Git', [custom({ repoURL: 'https://git.example/a', targetRevision: '1.2.3', path: 'charts/a' })], ''],
  ['an address', [custom({ chart: address, version: '1.2.3' })], `${chart}:1.2.3`],
  ['an address with its version', [custom({ chart: `${address}:v1` })], `${chart}:v1`],
  ['an address without a version', [custom({ chart: address })], `${chart} *`],
  ['a version that tags can’t spell', [custom({ chart: address, version: '1.2.3-rc.1+b2' })], `${chart}:1.2.3-rc.1_b2`],
  ['a version that is filled in', [custom({ chart: address, version: '{{version}}' })], `${chart} {{version}}`],
  ['Crossplane', [custom({ name: 'a', repository: 'oci://x.azurecr.io/charts', version: '1.2.3' })], `${chart}:1.2.3`],
  ['Crossplane, by address', [custom({ chart: { url: `${address}:1.2.3` } })], `${chart}:1.2.3`],
  ['something else with an address', [custom({ url: address })], ''],
  ['something that watches', [{ ...custom({ chart: address }), apiVersion: 'kargo.akuity.io/v1' }], ''],
])('a chart is found, or not: %s', (_, documents, expected) => {
  expect(read(...documents).found).toEqual(expected ? [`${expected} by controller`] : [])
})

const pod = { kind: 'Pod', spec: { containers: [{ image: 'x.azurecr.io/web:v1' }] } }
const renderedFrom = (source: string) => ({ ...pod, metadata: { annotations: { a: `# Source: ${source}` } } })

test.each<[string, object[], boolean]>([
  ['shows none', [custom({ chart: address, version: '1.2.3' })], true],
  ['shows one', [custom({ chart: address, version: '1.2.3', image: 'x.azurecr.io/web:v1' })], false],
  ['is next to another resource', [custom({ chart: address, version: '1.2.3' }), pod], true],
  ['is rendered', [custom({ chart: address }), renderedFrom('a/b')], false],
  ['is another that is rendered', [custom({ chart: address }), renderedFrom('b/b')], true],
  ['is a source of Flux', [source()], false],
  ['is named by a source of Flux', [source(), custom({ chartRef: { kind: 'OCIRepository', name: 'a' } })], true],
  ['is on another host', [custom({ chart: 'oci://docker.io/a', version: '1.2.3' })], false],
])('the images of a chart that %s are a doubt or not', (_, documents, isDoubt) => {
  expect(read(...documents).doubts).toEqual(
    isDoubt ? [expect.stringContaining('helm template CHART --skip-tests')] : [],
  )
})

test.each([
  ['v1.0.0 of a chart elsewhere', 'https://charts.example.com', false],
  ['v1.0.0 of a chart from an Azure registry', 'oci://x.azurecr.io/charts', true],
])('the tag %s is a doubt, or of an image elsewhere', (_, url, isDoubt) => {
  const values = { image: { tag: 'v1.0.0' } }
  const { doubts } = read(repository(url), custom({ ...release.spec, values }))
  expect(doubts).toHaveLength(isDoubt ? 1 : 0)
})

test.each([
  ['test', 'helm-test'],
  ['test-success', 'helm-test'],
  ['test-failure, test', 'helm-test'],
  ['pre-install', 'nodes'],
  ['post-install,test', 'nodes'],
])('an image of a pod with the hook %s is pulled by %s', (hook, puller) => {
  const args = ['--image=x.azurecr.io/load:v1', '--other-image=x.azurecr.io/split']
  const spec = { serviceAccountName: 'a', containers: [{ image: 'x.azurecr.io/web:v1', args }] }
  const { found, doubts } = read({ kind: 'Pod', metadata: { annotations: { 'helm.sh/hook': hook } }, spec })
  expect(found).toEqual([`x.azurecr.io/web:v1 by ${puller}`, `x.azurecr.io/load:v1 by ${puller}`])
  expect(doubts).toHaveLength(puller === 'nodes' ? 1 : 0)
})

test('an image of a test is one of a deployment, too, if something else mentions it', () => {
  const ofTest = { ...pod, metadata: { annotations: { 'helm.sh/hook': 'test' } } }
  expect(read(ofTest, custom({ text: 'x.azurecr.io/web:v1' })).found).toContain('x.azurecr.io/web:v1 by nodes')
})

test('10,000 documents are read, and the one that is in doubt is found', () => {
  const documents = Array.from({ length: 10_000 }, (_, at) => custom({ image: `x.azurecr.io/a:v${at}` }))
  const { found, doubts } = read(...documents, custom({ chart: address, version: '1.2.3' }))
  expect([found.length, doubts.length]).toEqual([10_001, 1])
})
