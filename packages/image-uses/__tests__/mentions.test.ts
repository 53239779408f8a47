import { describe, expect, test } from 'vitest'
import { findInFiles } from '../src/manifests/manifests.js'

// Which texts name an image in an Azure registry, one by one; whole files of real tools are in gitops.test.ts.

const digest = `sha256:${'a'.repeat(64)}`

/** The images that files name, and which files are doubted. */
function read(...texts: string[]): { images: string[]; doubted: string[] } {
  const doubted: string[] = []
  const reject = (found: string) => (doubted.push(`rejected ${found}`), [])
  const files = texts.map((text, at) => ({ name: `${at}.yaml`, text }))
  const found = findInFiles(files, reject, file => doubted.push(file))
  return { images: found.map(({ image }) => image), doubted }
}

const configMap = (data: object): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data })
const inText = (text: string): string[] =>
  read(configMap({ text })).images.map(image => image.replace(/^x\.azurecr\.io\//, ''))
const pod = (...containers: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec: { containers } })

describe('a complete name in a text', () => {
  test.each<[string, string[]]>([
    ['x.azurecr.io/a:v1', ['a:v1']],
    ['x.azurecr.io/Team:v1', []],
    ['x.azurecr.io/team/a_b.c-d/e:V1.2_3-RC', ['team/a_b.c-d/e:V1.2_3-RC']],
    [`x.azurecr.io/a@${digest}`, [`a@${digest}`]],
    [`x.azurecr.io/a:v1@${digest}`, [`a:v1@${digest}`]],
    ['--image=x.azurecr.io/a:v1', ['a:v1']],
    ['app=x.azurecr.io/a:v2', ['a:v2']],
    ['x.azurecr.io/a:v1,x.azurecr.io/b:v2', ['a:v1', 'b:v2']],
    [
      '"x.azurecr.io/a:v1", (x.azurecr.io/b:v1) [x.azurecr.io/c:v1]; x.azurecr.io/d:v1.',
      ['a:v1', 'b:v1', 'c:v1', 'd:v1'],
    ],
    ['docker://x.azurecr.io/a:v1', ['a:v1']],
    ['oci://x.azurecr.io/charts/a:v1', []],
    ['https://x.azurecr.io/a:v1', []],
    ['other.x.azurecr.io/a:v1 notx.azurecr.io.example/a:v1 x.azurecr.com/a:v1', []],
    ['x.azurecr.io/a:v1*', []],
    ['x.azurecr.io/a, x.azurecr.io/b/', []],
    ['# x.azurecr.io/old:v1\nrun x.azurecr.io/a:v1\n  # and x.azurecr.io/older:v1', ['a:v1']],
    ['x.azurecr.io/a:v1\nx.azurecr.io/a:v1', ['a:v1']],
  ])('%s', (text, images) => {
    expect(inText(text)).toEqual(images)
  })

  test.each([
    'x.azurecr.us/a:v1',
    'x.azurecr.cn/a:v1',
    'x-h4sh.azurecr.io/a:v1',
    'x.westeurope.geo.azurecr.io/a:v1',
    'x.azurecr.io:443/a:v1',
    'X.azurecr.io/a:v1',
  ])('is also one at %s', name => {
    expect(read(configMap({ name })).images).toEqual([name])
  })

  test('is an image once, unless a pod uses it: then its places and nodes are those of its pods', () => {
    const container = { image: 'x.azurecr.io/a:v1', args: ['x.azurecr.io/a:v1', 'X.azurecr.io/a:v1'] }
    const { images } = read(
      configMap({ one: 'x.azurecr.io/a:v1', two: 'x.azurecr.io/b:v1' }),
      pod(container, container),
    )
    expect(images).toEqual(['x.azurecr.io/a:v1', 'x.azurecr.io/a:v1', 'x.azurecr.io/b:v1'])
  })

  test('is no image in a comment of a file', () => {
    expect(read('# x.azurecr.io/old:v1\nkind: Pod # x.azurecr.io/older:v1\n')).toEqual({ images: [], doubted: [] })
  })
})

const doubted = (document: object | string): boolean =>
  read(typeof document === 'string' ? document : JSON.stringify(document)).doubted.join() === '0.yaml'
const custom = (spec: object) => ({ apiVersion: 'example.com/v1', kind: 'Thing', spec })
const repository = 'x.azurecr.io/a'

/** The names of cases with what each has in the spec of a resource. */
const inSpecs = (cases: string): [string, string][] =>
  cases
    .replaceAll('REPOSITORY', repository)
    .trim()
    .split(/\n */)
    .map(line => [
      line.replace(/ \| .*/, ''),
      `{ apiVersion: example.com/v1, kind: Thing, spec: { ${line.replace(/^.*? \| /, '')} } }`,
    ])

describe('a name whose parts are in several fields', () => {
  test.each([
    ...inSpecs(`
      a tag | where: { repository: REPOSITORY, tag: v1 }
      a number as its tag | where: { repository: REPOSITORY, newTag: 1.27 }
      a digest | where: { name: REPOSITORY, digest: '${digest}' }
      a registry, a repository and a tag | where: { registry: x.azurecr.io, repository: a, tag: v1 }
      an operator’s version | baseImage: REPOSITORY, version: v1
      arguments | args: [--repository, REPOSITORY, --tag, v1]
      one argument | args: ['--set image.repository=REPOSITORY,image.tag=v1']
      variables | env: [{ name: REPO, value: REPOSITORY }, { name: IMAGE_TAG, value: v1 }]
      a tag of Kubernetes | args: ['REPOSITORY:$(TAG)']
      a tag of Helm | args: ['REPOSITORY:{{ .Values.tag }}']
      a part of a tag | args: ['REPOSITORY:v1-$(BUILD)']
      a repository of envsubst | args: ['x.azurecr.io/\${APP}:v1']
      a name that Docker does not allow | args: ['x.azurecr.io/App:v1']
      a script | script: "REPO=REPOSITORY\\nTAG=v1\\n"
      YAML in a text | text: "image:\\n  repository: REPOSITORY\\n  tag: v1\\n"
      a text that is no YAML | text: "{ REPOSITORY\\ntag: v1"
      values in a text | values: "image:\\n  repository: REPOSITORY\\n"
      values in a text, with the tag alone | values: "image:\\n  tag: v1\\n"
      parameters with the tag alone | helm: { parameters: [{ name: image.tag, value: v1 }] }
      an image of kustomize | kustomize: { images: ['a=REPOSITORY'] }
      an image of kustomize that keeps its name | kustomize: { images: ['a=*:v1'] }
      an operator’s version in an image | image: { repository: REPOSITORY, version: v1 }
      an image without a tag | sidecarImage: REPOSITORY
      an argument without a tag | args: [--sidecar-image=REPOSITORY]
      an argument beside its name without a tag | args: [--image, REPOSITORY]
      a variable without a tag | env: [{ name: RELATED_IMAGE_A, value: REPOSITORY }]
      a patch without a tag | patch: [{ path: /spec/image, value: REPOSITORY }]
      a model without a tag | storageUri: oci://REPOSITORY
      a package without a tag | package: REPOSITORY
      a bundle without a tag | params: [{ name: bundle, value: REPOSITORY }]
      a registry that Flux fills in | postBuild: { substitute: { registry: x.azurecr.io } }
    `),
    ['JSON in a text', custom({ text: JSON.stringify({ a: JSON.stringify({ repository, tag: 'v1' }) }) })],
    ['values', { image: { repository } }],
    ['values with a registry', { imageRegistry: 'x.azurecr.io/' }],
    ['values with a prefix of repositories', { imagePrefix: 'x.azurecr.io/team/' }],
    ['values with the tag alone', { image: { tag: 'v1' } }],
    ['values with the tag alone, in one key', { imageTag: 'v1' }],
  ])('is a doubt: %s', (_, document) => {
    expect(doubted(document)).toBe(true)
  })

  test.each([
    ...inSpecs(`
      no tag | where: { repository: REPOSITORY }
      a tag elsewhere | where: { repository: REPOSITORY }, release: { tag: v1 }
      a registry and a tag, of no repository | registry: x.azurecr.io, tag: v1
      another registry | where: { repository: docker.io/a, tag: v1 }
      a chart’s version | repoURL: REPOSITORY, chart: a, version: v1, image: 'x.azurecr.io/b:v1'
      arguments without a tag | args: [--repository, REPOSITORY, --stage, v1]
      variables without a tag | env: [{ name: REPO, value: REPOSITORY }, { name: DD_TAGS, value: v1 }]
      a pattern | images: ['x.azurecr.io/*', 'x.azurecr.io/team/*:v1*']
      YAML in a text, which has the tag of something else | text: "a: REPOSITORY\\nb:\\n  tag: v1\\n"
      a list that is called values | values: [x.azurecr.io]
      parameters with another registry | helm: { parameters: [{ name: image.tag, value: v1 }, { name: image.repository, value: a }] }
      a resource with the tag alone | image: { tag: v1 }
      an image of kustomize with its tag | kustomize: { images: ['a=REPOSITORY:v1'] }
      an image of kustomize elsewhere | kustomize: { images: ['a=docker.io/a:v1'] }
      an image pattern | image: 'REPOSITORY/*'
    `),
    ['values with an address of a chart', { repository: 'oci://x.azurecr.io/charts' }],
    ['values with an empty tag', { image: { tag: '' } }],
    ['values with the tag of something else', { release: { tag: 'v1' } }],
    ['values with another registry', { image: { repository: 'docker.io/a', tag: 'v1' } }],
    ['a repository to watch', { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'A', spec: { image: repository } }],
  ])('is no doubt: %s', (_, document) => {
    expect(doubted(document)).toBe(false)
  })

  test('is no doubt if another file has it whole, and is one with another tag', () => {
    const values = `image: { repository: ${repository}, tag: v1 }`
    expect(read(values, pod({ image: `${repository}:v1` })).doubted).toEqual([])
    expect(read(values, pod({ image: `${repository}:v2` })).doubted).toEqual(['0.yaml'])
  })

  test('is one doubt for a file', () => {
    const parts = {
      where: [
        { repository, tag: 'v1' },
        { repository, tag: 'v2' },
      ],
    }
    expect(read(`${JSON.stringify(custom(parts))}\n---\n${JSON.stringify(custom(parts))}`).doubted).toEqual(['0.yaml'])
  })

  test.each([
    ['of many names', `${repository} `.repeat(200_000)],
    ['of one endless name', `${repository}/b`.repeat(500_000)],
    ['of endless YAML', `[${'['.repeat(100_000)}${repository}`],
  ])('is found in a text %s and then a tag', (_, text) => {
    expect(doubted(custom({ text: `${text}\ntag: v1\n${repository}` }))).toBe(true)
  })

  test('is found among arguments without end', () => {
    const args = Array.from({ length: 20_000 }, (_, at) => [`${repository}${at}`, `--tag=v${at}`]).flat()
    expect(doubted(custom({ args }))).toBe(true)
  })
})
