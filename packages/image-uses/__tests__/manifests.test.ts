import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { describePlaceInManifest } from 'run-model'
import { createInputReader } from 'runner'
import { findInFiles, readManifests } from '../src/manifests/manifests.js'

const unexpected = (found: string, accepted: string) => {
  throw new Error(`${found}; expected ${accepted}`)
}
const find = (text: string, name = 'k8s.yaml') => findInFiles([{ name, text }], unexpected, () => undefined)
const texts = (yaml: string): string[] => find(yaml).map(({ image }) => image)
const inTemplate = (spec: string) => `apiVersion: apps/v1\nkind: Deployment\nspec: { template: { spec: ${spec} } }\n`

const podSpec = (image: string): string => `{ containers: [{ name: a, image: ${image} }] }`

describe('the images of manifests', () => {
  test.each([
    ['Pod', `spec: ${podSpec('a:1')}`],
    ['Deployment', `spec: { template: { spec: ${podSpec('a:1')} } }`],
    ['StatefulSet', `spec: { template: { spec: ${podSpec('a:1')} } }`],
    ['DaemonSet', `spec: { template: { spec: ${podSpec('a:1')} } }`],
    ['Job', `spec: { template: { spec: ${podSpec('a:1')} } }`],
    ['CronJob', `spec: { jobTemplate: { spec: { template: { spec: ${podSpec('a:1')} } } } }`],
    ['PodTemplate', `template: { spec: ${podSpec('a:1')} }`],
    ['Rollout', `apiVersion: argoproj.io/v1alpha1\nspec: { template: { spec: ${podSpec('a:1')} } }`],
  ])('are found in a %s', (kind, rest) => {
    expect(texts(`kind: ${kind}\n${rest}\n`)).toEqual(['a:1'])
  })

  test('include those of init and ephemeral containers and of image volumes, each with its place', () => {
    const yaml = `# Source: shop/templates/x.yaml
kind: ConfigMap
metadata: { name: nothing }
data: { image: not-this:1 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    spec:
      initContainers: [{ image: i:1 }]
      containers: [{ image: a:1 }, { image: b:1 }]
      ephemeralContainers: [{ image: e:1 }]
      volumes: [{ name: v, image: { reference: v:1 } }, { name: w, emptyDir: {} }]
`
    const fields = ['initContainers[0].image', 'containers[0].image', 'containers[1].image']
    expect(find(yaml, 'k8s/shop.yaml').map(describePlaceInManifest)).toEqual(
      [...fields, 'ephemeralContainers[0].image', 'volumes[0].image.reference'].map(
        field => `k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.${field}`,
      ),
    )
  })

  test('are found in lists, and in JSON', () => {
    const list =
      '{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"image":"a:1"}]}}]}'
    const [found] = find(list, 'x.json').map(describePlaceInManifest)
    expect(found).toBe('x.json, document 1 (Pod p), items[0].spec.containers[0].image')
  })

  test('are none in what is empty, or no resource', () => {
    const none = ['', '---\n', '# nothing\n', 'values: { containers: [{ image: a:1 }] }\n', 'kind: Pod\nspec: null\n']
    expect(none.flatMap(texts)).toEqual([])
  })

  test('are not read from a template that was not rendered', () => {
    expect(() => texts('{{- if .Values.shop }}\nkind: Pod\n{{- end }}\n')).toThrow('helm template')
  })
})

describe('the images in third-party resources', () => {
  // What they have in common with Kubernetes' own is in gitops.txt.
  test.each([
    [
      'Argo Workflow',
      `apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  templates:
    - { name: b, script: { image: acr.io/b:1, source: echo } , sidecars: [{ name: s, image: acr.io/s:1 }] }
    - { name: c, containerSet: { containers: [{ name: x, image: acr.io/c:1 }] } }
    - { name: d, steps: [[{ name: one, inline: { container: { image: acr.io/d:1 } } }]] }
`,
      'acr.io/b:1 acr.io/s:1 acr.io/c:1 acr.io/d:1',
    ],
    [
      'Tekton Pipeline',
      `apiVersion: tekton.dev/v1
kind: Pipeline
spec:
  tasks:
    - name: build
      taskSpec:
        stepTemplate: { image: acr.io/t:1 }
        steps: [{ name: a, image: acr.io/a:1 }, { name: b, image: $(params.image) }]
`,
      'acr.io/t:1 acr.io/a:1 $(params.image)',
    ],
    [
      'resource of an operator',
      `apiVersion: monitoring.coreos.com/v1
kind: Prometheus
spec:
  baseImage: acr.io/without-tag
  thanos: { image: { registry: acr.io, repository: team/thanos, tag: v1 } }
  logo: { image: logo.png }
`,
      'acr.io/team/thanos:v1',
    ],
  ])('are found in a(n) %s', (_, yaml, expected) => {
    expect(texts(yaml).join(' ')).toBe(expected)
  })

  test('are not read from fields of Kubernetes’ own resources that only sound like it', () => {
    expect(texts('apiVersion: v1\nkind: ConfigMap\ndata: { image: acr.io/a:1 }\n')).toEqual([])
  })

  test('have the service account of their pods', () => {
    const accounts = (text: string) => find(text).map(({ account }) => account)
    expect(accounts(inTemplate('{ serviceAccountName: web, containers: [{ image: a:1 }] }'))).toEqual(['web'])
    expect(accounts(inTemplate('{ serviceAccount: web, containers: [{ image: a:1 }] }'))).toEqual(['web'])
    expect(accounts(inTemplate('{ containers: [{ image: a:1 }] }'))).toEqual([undefined])
    const operated = 'apiVersion: example.com/v1\nkind: Thing\nspec: { image: acr.io/a:1, '
    expect(accounts(`${operated}serviceAccount: web }`)).toEqual(['web'])
    expect(accounts(`${operated}serviceAccount: { create: true } }`)).toEqual([undefined])
    expect(accounts(`${operated}serviceAccountName: Not_A_Name }`)).toEqual([undefined])
  })

  test('are those of operators whose groups end like those of Kubernetes, too', () => {
    const spark = 'apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nspec: { image: acr.io/a:1 }'
    expect(find(spark).map(({ image }) => image)).toEqual(['acr.io/a:1'])
    expect(find('apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: { image: acr.io/a:1 }')).toEqual([])
  })

  test('have the constraints of their pods', () => {
    const spec = `{ nodeSelector: { "kubernetes.io/os": windows }, tolerations: [{ key: sku, value: gpu, effect: NoSchedule }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms:
        [{ matchExpressions: [{ key: tier, operator: In, values: [web] }] }] } } }, containers: [{ image: a:1 }] }`
    const constraintsIn = (yaml: string) => find(yaml)[0]?.constraints
    expect(constraintsIn(inTemplate(spec))).toEqual({
      nodeSelector: { 'kubernetes.io/os': 'windows' },
      tolerations: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
      nodeAffinity: [{ labels: [{ key: 'tier', operator: 'In', values: ['web'] }], names: [] }],
    })
    const workflow = `apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: { nodeSelector: { a: b }, templates: [{ container: { image: a:1 } }] }`
    expect(constraintsIn(workflow)).toMatchObject({ nodeSelector: { a: 'b' } })
    const free = inTemplate('{ containers: [{ image: a:1 }] }')
    expect(constraintsIn(free)).toEqual({ nodeSelector: {}, tolerations: [] })
    expect(constraintsIn('apiVersion: example.com/v1\nkind: Thing\nspec: { image: acr.io/a:1 }')).toBeUndefined()
  })
})

describe('YAML is read like in kubectl', () => {
  test('with merge keys: fields next to them take precedence, and the first of several', () => {
    const yaml = `apiVersion: apps/v1
kind: Deployment
x-one: &one { image: one:1, name: one }
x-two: &two { image: two:1, imagePullPolicy: Always }
spec: { template: { spec: { containers: [{ <<: *one }, { image: own:1, <<: *two }, { <<: [*two, *one] }] } } }
`
    expect(texts(yaml)).toEqual(['one:1', 'own:1', 'two:1'])
  })

  test('with the last of equal keys, and with any number of aliases', () => {
    expect(texts(inTemplate('{ containers: [{ image: a:1, image: b:1 }] }'))).toEqual(['b:1'])
    const uses = Array.from({ length: 500 }, (_, index) => `{ name: c${index}, image: *i }`).join(', ')
    expect(texts(`x: &i a:1\n${inTemplate(`{ containers: [${uses}] }`)}`)).toHaveLength(500)
  })

  test.each([
    ['aliases', '[INNER]'],
    ['merge keys', '{ <<: [INNER] }'],
  ])('and a bomb of %s is rejected immediately', (_, wrapped) => {
    const level = (at: number) => `a${at}: &a${at} ${wrapped.replace('INNER', `*a${at - 1}, `.repeat(12))}`
    const lines = ['a0: &a0 { x: y }', ...Array.from({ length: 12 }, (__, at) => level(at + 1))]
    expect(() => texts(`kind: Pod\n${lines.join('\n')}\n`)).toThrow(/k8s\.yaml, whose aliases/)
  })

  test.each([
    ['twice in YAML', inTemplate('{ containers: [{ image: a:1, image: b:1 }] }')],
    ['twice in JSON', '{"kind":"Pod","spec":{},"spec":{"containers":[]}}'],
  ])('with a doubt about a key that is there %s', (_, text) => {
    const doubts: string[] = []
    findInFiles([{ name: 'k8s.yaml', text }], unexpected, (...doubt) => doubts.push(doubt.join(': ')))
    expect(doubts).toEqual([expect.stringMatching(/^k8s\.yaml: document 1 has .* twice/)])
  })

  test('and so is YAML that contains itself or is nested too deep', () => {
    for (const yaml of ['kind: Pod\na: &a { b: [*a] }\n', `kind: Pod\na: ${'['.repeat(20_000)}`])
      expect(() => texts(yaml)).toThrow(/k8s\.yaml, w/)
  })
})

describe('kustomizations with images', () => {
  const base = { name: 'base/app.yaml', text: inTemplate('{ containers: [{ image: acr.io/web:latest }] }') }
  const images = 'images: [{ name: acr.io/web, newTag: v2 }]'
  const read = (...files: { name: string; text: string }[]) => {
    const doubts: string[][] = []
    const found = findInFiles(files, unexpected, (...doubt) => doubts.push(doubt))
    return { doubts, texts: found.map(({ image }) => image) }
  }

  test.each([
    ['by the name of the file', 'prod/kustomization.yaml', `resources: [../base]\n${images}`],
    ['by kind', 'prod/app.yaml', `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${images}`],
    ['by replacements', 'prod/kustomization.yaml', 'replacements: [{ targets: [{ fieldPaths: [a.0.image] }] }]'],
  ])('change nothing, and are a doubt that says to render first: %s', (_, name, text) => {
    const { texts: found, doubts } = read(base, { name, text })
    expect(found).toEqual(['acr.io/web:latest'])
    const rendering: unknown = expect.stringContaining('render them first (kustomize build prod > rendered.yaml)')
    expect(doubts).toEqual([[name, rendering]])
  })

  test('have a command that quotes the folder', () => {
    const { doubts } = read({ name: "it's; here/kustomization.yaml", text: images })
    expect(doubts[0]?.[1]).toContain(`kustomize build 'it'\\''s; here' > rendered.yaml`)
  })

  test('are a doubt also if Flux applies them', () => {
    const text = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: { ${images} }`
    const { texts: found, doubts } = read({ name: 'flux.yaml', text })
    expect(found).toEqual([])
    expect(doubts).toEqual([['flux.yaml', expect.stringContaining('render them first (flux build kustomization NAME')]])
  })

  test('are the only ones that are doubted', () => {
    const others = [
      { name: 'kustomization.yaml', text: 'resources: [app.yaml]' },
      { name: 'app.yaml', text: 'kind: Component\nimages: [{ name: a }]' },
      { name: 'flux.yaml', text: 'kind: Kustomization\nspec: { path: ./prod, images: [] }' },
      { name: 'values.yaml', text: images },
    ]
    expect(read(...others)).toEqual({ doubts: [], texts: [] })
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workspace-'))
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  const pod = 'kind: Pod\nspec: { containers: [{ image: a:1 }] }\n'
  beforeEach(() => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    mkdirSync(join(folder, 'k8s/deep'), { recursive: true })
    writeFileSync(join(folder, 'k8s/a.yaml'), pod)
    writeFileSync(join(elsewhere, 'secret.yaml'), pod)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(join(folder, 'k8s'), { recursive: true })
  })
  const problems: string[] = []
  const reader = {
    ...createInputReader(),
    reject: (input: string, found: string) => (problems.push(`${input}: ${found}`), []),
  }
  const read = (...globs: string[]) => readManifests(reader, globs).then(({ images: found }) => found)
  const refused = async (...globs: string[]) => {
    problems.length = 0
    await read(...globs)
    return problems.join()
  }

  test.each([
    ['k8s', 'k8s/a.yaml k8s/deep/b.yml'],
    ['k8s/*.yaml', 'k8s/a.yaml'],
    ['k8s/**/*.yml k8s/a.yaml k8s/*.yaml', 'k8s/a.yaml k8s/deep/b.yml'],
    ['k8s !k8s/deep/**', 'k8s/a.yaml'],
  ])('of %s are read once', async (globs, expected) => {
    writeFileSync(join(folder, 'k8s/deep/b.yml'), pod)
    writeFileSync(join(folder, 'k8s/notes.txt'), 'kind: [')
    expect((await read(...globs.split(' '))).map(({ file }) => file).join(' ')).toBe(expected)
  })

  test.each(['"{{ .Values.image }}"', '"contosoacr.azurecr.io/app:${TAG}"'])(
    'with %s are not rendered',
    async image => {
      writeFileSync(join(folder, 'k8s/a.yaml'), `kind: Pod\nspec: ${podSpec(image)}\n`)
      expect(await refused('k8s')).toContain('k8s/a.yaml, document 1 (Pod), spec.containers[0].image')
    },
  )

  test('that are missing or not YAML are reported together', async () => {
    writeFileSync(join(folder, 'k8s/bad.yaml'), 'kind: [')
    const text = await refused('k8s', 'charts/*.yaml')
    expect(text).toContain('"charts/*.yaml", which matches no')
    expect(text).toContain('k8s/bad.yaml, which is not YAML: ')
  })

  test('that are only excluded are no files', async () => {
    expect(await refused('!k8s/a.yaml')).toBe('manifests: "!k8s/a.yaml"')
    expect(await refused('k8s', '!k8s/deep/**')).toBe('')
  })

  test('are rejected by name if they are links that leave the workspace, and read if the links stay within it', async () => {
    symlinkSync(join(folder, 'k8s/a.yaml'), join(folder, 'k8s/b.yaml'))
    expect(await read('k8s')).toHaveLength(2)
    symlinkSync(join(elsewhere, 'secret.yaml'), join(folder, 'k8s/c.yaml'))
    expect(await refused('k8s')).toMatch(/^manifests: k8s\/c\.yaml, which leads out/)
    rmSync(join(folder, 'k8s/c.yaml'))
    symlinkSync(elsewhere, join(folder, 'k8s/folder'))
    expect(await refused('k8s/**')).toMatch(/^manifests: k8s\/folder\/secret\.yaml, which leads out/)
  })

  test('above the workspace are rejected, unless given by absolute path', async () => {
    expect(await refused('../*/secret.yaml')).toMatch(/^manifests: "\.\.\/\*\/secret\.yaml", which leads out/)
    expect(await refused('k8s/../../x.yaml')).toMatch(/^manifests: /)
    expect(await read(join(elsewhere, '*.yaml'))).toHaveLength(1)
  })

  test('in UTF-16 are rejected by name', async () => {
    const bytes = Buffer.from(`\uFEFF${pod}`, 'utf16le')
    for (const content of [bytes, Buffer.from(bytes).swap16(), Buffer.from(pod, 'utf16le')]) {
      writeFileSync(join(folder, 'k8s/a.yaml'), content)
      expect(await refused('k8s')).toMatch(/^manifests: k8s\/a\.yaml, which is UTF-16/)
    }
  })

  test('that name no image are a doubt', async () => {
    writeFileSync(join(folder, 'k8s/a.yaml'), 'image: { repository: contosoacr.azurecr.io/app, tag: v1 }\n')
    expect(await readManifests(reader, ['k8s'])).toMatchObject({ images: [], doubts: [{ subject: 'k8s/a.yaml' }] })
  })

  test('of 50 MB are rejected unread', async () => {
    truncateSync(join(folder, 'k8s/a.yaml'), 50_000_000)
    expect(await refused('k8s')).toMatch(/^manifests: k8s\/a\.yaml, which has 50 MB/)
  })
})
