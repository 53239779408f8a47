import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findUsed } from 'image-uses'
import { findInFiles, readManifests } from 'image-uses/src/manifests/manifests.js'
import { ActionError } from 'kernel'
import { createInputReader } from 'runner'
import { describePlace, type CheckedImage } from 'run-model'
import { chooseProbeImages } from '../src/probe-images.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const images = (yaml: string, file = 'k8s.yaml') =>
  findInFiles(
    [{ name: file, text: yaml }],
    (found, accepted) => {
      throw new Error(`found ${found}; expected ${accepted}`)
    },
    () => undefined,
  )

const texts = (yaml: string): string[] => images(yaml).map(({ image }) => image)

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
    expect(images(yaml, 'k8s/shop.yaml').map(describePlace)).toEqual([
      'k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.initContainers[0].image',
      'k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.containers[0].image',
      'k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.containers[1].image',
      'k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.ephemeralContainers[0].image',
      'k8s/shop.yaml, document 2 (Deployment shop), spec.template.spec.volumes[0].image.reference',
    ])
  })

  test('are found in lists, and in JSON', () => {
    const list = {
      kind: 'List',
      items: [{ kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ image: 'a:1' }] } }],
    }
    expect(images(JSON.stringify(list), 'x.json').map(describePlace)).toEqual([
      'x.json, document 1 (Pod p), items[0].spec.containers[0].image',
    ])
  })

  test.each(['', '---\n', '# nothing\n', 'values: { containers: [{ image: a:1 }] }\n', 'kind: Pod\nspec: null\n'])(
    'are none in %j',
    yaml => {
      expect(texts(yaml)).toEqual([])
    },
  )

  test('are not read from a template that was not rendered', () => {
    expect(() => texts('{{- if .Values.shop }}\nkind: Pod\n{{- end }}\n')).toThrow('helm template')
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  beforeEach(() => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    mkdirSync(join(folder, 'k8s/deep'), { recursive: true })
    writeFileSync(join(folder, 'k8s/a.yaml'), `kind: Pod\nspec: ${podSpec('a:1')}\n`)
    writeFileSync(join(folder, 'k8s/deep/b.yml'), `kind: Pod\nspec: ${podSpec('b:1')}\n`)
    writeFileSync(join(folder, 'k8s/notes.txt'), 'kind: [')
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(join(folder, 'k8s'), { recursive: true })
  })

  test.each([
    [['k8s'], ['a:1', 'b:1']],
    [['k8s/*.yaml'], ['a:1']],
    [
      ['k8s/**/*.yml', 'k8s/a.yaml', 'k8s/*.yaml'],
      ['a:1', 'b:1'],
    ],
    [['k8s', '!k8s/deep/**'], ['a:1']],
  ])('of %j', async (globs, expected) => {
    const { images: read } = await readManifests(createInputReader(), globs)
    expect(read.map(({ image }) => image)).toEqual(expected)
    expect(read[0]?.file).toBe(expected[0] === 'a:1' ? 'k8s/a.yaml' : 'k8s/deep/b.yml')
  })

  /** The problems that reading these globs leads to. */
  async function problems(globs: string[]): Promise<string> {
    const reader = createInputReader()
    await readManifests(reader, globs)
    try {
      reader.finish()
      return ''
    } catch (error) {
      return error instanceof ActionError ? error.fix.text : String(error)
    }
  }

  test.each(['"{{ .Values.image }}"', '"contosoacr.azurecr.io/app:${TAG}"'])(
    'with %s are not rendered',
    async image => {
      writeFileSync(join(folder, 'k8s/a.yaml'), `kind: Pod\nspec: { containers: [{ image: ${image} }] }\n`)
      expect(await problems(['k8s'])).toContain('k8s/a.yaml, document 1 (Pod), spec.containers[0].image')
    },
  )

  test('that are missing or not YAML are reported together', async () => {
    writeFileSync(join(folder, 'k8s/bad.yaml'), 'kind: [')
    const text = await problems(['k8s', 'charts/*.yaml'])
    expect(text).toContain('"charts/*.yaml", which matches no')
    expect(text).toMatch(/k8s\/bad\.yaml, which is not YAML: [^\n]*[^:\n]; expected /)
  })

  test('that are only excluded are no files', async () => {
    expect(await problems(['!k8s/a.yaml'])).toContain('found "!k8s/a.yaml"; expected a glob that selects files')
    expect(await problems(['k8s', '!k8s/deep/**'])).toBe('')
  })
})

describe('the images to pull', () => {
  const registry = sampleRegistry()
  const manifest = images(`kind: Pod\nspec: ${podSpec('ContosoACR.azurecr.io/team/app:v1')}\n`, 'k8s.yaml')

  test('are found by the login server in any letter case, and by a regional endpoint', () => {
    const [regional] = images(`kind: Pod\nspec: ${podSpec('contosoacr.westeurope.geo.azurecr.io/a:1')}\n`)
    expect(findUsed(regional ? [regional] : [], [registry])).toMatchObject([{ repository: 'a', registry }])
    const others = images(`kind: Pod\nspec: ${podSpec('docker.io/library/nginx')}\n`, 'k8s.yaml')
    expect(findUsed([...manifest, ...others, ...manifest], [registry])).toMatchObject([
      { repository: 'team/app', reference: 'v1', registry },
    ])
  })

  test('are probe-image or the first image, plus images of manifests that are not known to be missing', () => {
    const [used] = findUsed(manifest, [registry])
    if (!used) throw new Error('not found')
    const choose = (probeImages: string[], status: 'present' | 'missing') => {
      const probes = probeImages.map((path): CheckedImage => {
        const place = { registry, repository: path, reference: 'v1', digest: '' }
        return { wantedBy: 'probe', ...place, text: `${registry.loginServer}/${path}:v1`, status: 'unknown' }
      })
      const images: CheckedImage[] = [...probes, { ...used, status, digest: '' }]
      return chooseProbeImages(registry, images, [], '').map(({ reference }) => reference)
    }
    expect(choose(['nginx'], 'present')).toEqual([
      'contosoacr.azurecr.io/nginx:v1',
      'ContosoACR.azurecr.io/team/app:v1',
    ])
    expect(choose([], 'missing')).toEqual([])
  })
})
