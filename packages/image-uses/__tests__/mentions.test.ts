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
  read(typeof document === 'string' ? document : JSON.stringify(document)).doubted.length > 0
const custom = (spec: object) => ({ apiVersion: 'example.com/v1', kind: 'Thing', spec })
const repository = 'x.azurecr.io/a'

describe('a name whose parts are in several fields', () => {
  test.each<[string, object | string, boolean]>([
    ['a tag', custom({ where: { repository, tag: 'v1' } }), true],
    ['a number as its tag', custom({ where: { repository, newTag: 1.27 } }), true],
    ['a digest', custom({ where: { name: repository, digest } }), true],
    ['no tag', custom({ where: { repository } }), false],
    ['a tag elsewhere', custom({ where: { repository }, release: { tag: 'v1' } }), false],
    [
      'a registry, a repository and a tag',
      custom({ where: { registry: 'x.azurecr.io', repository: 'a', tag: 'v1' } }),
      true,
    ],
    ['a registry and a tag, of no repository', custom({ registry: 'x.azurecr.io', tag: 'v1' }), false],
    ['another registry', custom({ where: { repository: 'docker.io/a', tag: 'v1' } }), false],
    ['an operator’s version', custom({ baseImage: repository, version: 'v1' }), true],
    [
      'a chart’s version',
      custom({ repoURL: repository, chart: 'a', version: 'v1', image: 'x.azurecr.io/b:v1' }),
      false,
    ],
    ['arguments', custom({ args: ['--repository', repository, '--tag', 'v1'] }), true],
    ['arguments without a tag', custom({ args: ['--repository', repository, '--stage', 'v1'] }), false],
    ['one argument', custom({ args: [`--set image.repository=${repository},image.tag=v1`] }), true],
    [
      'variables',
      custom({
        env: [
          { name: 'REPO', value: repository },
          { name: 'IMAGE_TAG', value: 'v1' },
        ],
      }),
      true,
    ],
    [
      'variables without a tag',
      custom({
        env: [
          { name: 'REPO', value: repository },
          { name: 'DD_TAGS', value: 'v1' },
        ],
      }),
      false,
    ],
    ['a tag of Kubernetes', custom({ args: [`${repository}:$(TAG)`] }), true],
    ['a tag of Helm', custom({ args: [`${repository}:{{ .Values.tag }}`] }), true],
    ['a part of a tag', custom({ args: [`${repository}:v1-$(BUILD)`] }), true],
    ['a repository of envsubst', custom({ args: ['x.azurecr.io/${APP}:v1'] }), true],
    ['a name that Docker does not allow', custom({ args: ['x.azurecr.io/App:v1'] }), true],
    ['a pattern', custom({ images: ['x.azurecr.io/*', 'x.azurecr.io/team/*:v1*'] }), false],
    ['a script', custom({ script: `REPO=${repository}\nTAG=v1\n` }), true],
    ['YAML in a text', custom({ text: `image:\n  repository: ${repository}\n  tag: v1\n` }), true],
    [
      'YAML in a text, which has the tag of something else',
      custom({ text: `a: ${repository}\nb:\n  tag: v1\n` }),
      false,
    ],
    ['JSON in a text', custom({ text: JSON.stringify({ a: JSON.stringify({ repository, tag: 'v1' }) }) }), true],
    ['a text that is no YAML', custom({ text: `{ ${repository}\ntag: v1` }), true],
    ['values', { image: { repository } }, true],
    ['values with a registry', { imageRegistry: 'x.azurecr.io/' }, true],
    ['values with a prefix of repositories', { imagePrefix: 'x.azurecr.io/team/' }, true],
    ['values with an address of a chart', { repository: 'oci://x.azurecr.io/charts' }, false],
    ['values in a text', custom({ values: `image:\n  repository: ${repository}\n` }), true],
    ['a list that is called values', custom({ values: ['x.azurecr.io'] }), false],
    ['values with the tag alone', { image: { tag: 'v1' } }, true],
    ['values with the tag alone, in one key', { imageTag: 'v1' }, true],
    ['values with an empty tag', { image: { tag: '' } }, false],
    ['values with the tag of something else', { release: { tag: 'v1' } }, false],
    ['values with another registry', { image: { repository: 'docker.io/a', tag: 'v1' } }, false],
    ['values in a text, with the tag alone', custom({ values: 'image:\n  tag: v1\n' }), true],
    ['parameters with the tag alone', custom({ helm: { parameters: [{ name: 'image.tag', value: 'v1' }] } }), true],
    [
      'parameters with another registry',
      custom({
        helm: {
          parameters: [
            { name: 'image.tag', value: 'v1' },
            { name: 'image.repository', value: 'a' },
          ],
        },
      }),
      false,
    ],
    ['a resource with the tag alone', custom({ image: { tag: 'v1' } }), false],
    ['an image of kustomize', custom({ kustomize: { images: [`a=${repository}`] } }), true],
    ['an image of kustomize with its tag', custom({ kustomize: { images: [`a=${repository}:v1`] } }), false],
    ['an image of kustomize that keeps its name', custom({ kustomize: { images: ['a=*:v1'] } }), true],
    ['an image of kustomize elsewhere', custom({ kustomize: { images: ['a=docker.io/a:v1'] } }), false],
    ['an operator’s version in an image', custom({ image: { repository, version: 'v1' } }), true],
    ['an image without a tag', custom({ sidecarImage: repository }), true],
    [
      'a repository to watch',
      { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'A', spec: { image: repository } },
      false,
    ],
    ['an image pattern', custom({ image: `${repository}/*` }), false],
    ['an argument without a tag', custom({ args: [`--sidecar-image=${repository}`] }), true],
    ['an argument beside its name without a tag', custom({ args: ['--image', repository] }), true],
    ['a variable without a tag', custom({ env: [{ name: 'RELATED_IMAGE_A', value: repository }] }), true],
    ['a patch without a tag', custom({ patch: [{ path: '/spec/image', value: repository }] }), true],
    ['a model without a tag', custom({ storageUri: `oci://${repository}` }), true],
    ['a package without a tag', custom({ package: repository }), true],
    ['a bundle without a tag', custom({ params: [{ name: 'bundle', value: repository }] }), true],
    ['a registry that Flux fills in', custom({ postBuild: { substitute: { registry: 'x.azurecr.io' } } }), true],
  ])('is a doubt or not: %s', (_, document, isDoubt) => {
    expect(doubted(document)).toBe(isDoubt)
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
