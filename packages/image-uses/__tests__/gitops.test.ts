import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { builtInRoles, nameImage } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import { checkManifests } from '../src/manifests.js'
import { findInFiles } from '../src/manifests/manifests.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

// What is found in files of real tools, each in the folder gitops. It is in gitops.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a
// review reads. A file with an image in an Azure registry has a line with that image, or a doubt: otherwise a missing image would be `ready`.

const listNames = (text: string): string[] => text.split(/\s+/).map(name => `${name}.yaml`)

/** The files that name no image and no chart of an Azure registry, or only what something watches and what is allowed. */
const empty = new Set(listNames('argo-image-updater helm-release-elsewhere kargo policy'))

/** The files whose images and charts are all found by their whole names. Each other one leaves a doubt: a part of what it names is known to a tool alone. */
const whole = new Set(
  listNames(`argo-image-parameter argo-kustomize argo-sources argo-workflow cert-manager chart/Chart compose config-map cron-job crossplane csv
  deployment-arguments deployment-rendered flux-images flux-oci-digest helm-release-image helm-release-oci-image helm-release-patch json-patch knative
  kserve kserve-llm patches/kustomization prometheus rendered-chart rollout strimzi tekton-bundle tekton-task values-whole`),
)

/** What must be true of a file. */
const rule = (name: string): string =>
  empty.has(name) ? 'nothing to check' : whole.has(name) ? 'all is checked' : 'a doubt is left'

const folder = join(import.meta.dirname, 'gitops')
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.yaml'))
  .sort()

function read(...files: { name: string; text: string }[]) {
  const doubts: string[] = []
  const reject = (found: string) => (doubts.push(`rejected: ${found}`), [])
  return { images: findInFiles(files, reject, (_, message) => doubts.push(`doubt: ${message}`)), doubts }
}

const fileOf = (name: string) => ({ name, text: readFileSync(join(folder, name), 'utf8') })

test.each(names.map(name => [name, rule(name)] as const))('%s: %s', (name, expected) => {
  const { images, doubts } = read(fileOf(name))
  const found = images.length > 0 ? 'all is checked' : 'nothing to check'
  expect(doubts.length > 0 ? 'a doubt is left' : found).toBe(expected)
})

test('the images of files of GitOps tools, or the doubts about these, are in gitops.txt', async () => {
  const files = Object.fromEntries(names.map(name => [`${name}: ${rule(name)}`, read(fileOf(name))]))
  const text = printCatalogue(files, ({ images, doubts }) => {
    const lines = images.map(({ image, document, resource, field, constraints, pulledBy, account }) => {
      const nodes = constraints ? ` on ${JSON.stringify(constraints.nodeSelector)}` : ''
      const pullers = [pulledBy && ` by ${pulledBy}`, account && ` as ${account}`].filter(Boolean).join('')
      return `${image}${nodes}${pullers} in ${document}: ${[resource, field].filter(Boolean).join(', ')}`
    })
    return [...lines, ...doubts]
  })
  await expect(text).toMatchFileSnapshot('gitops.txt')
})

const registry = sampleRegistry()
const readable = {
  name: 'readable.yaml',
  text: `{ kind: Pod, spec: { containers: [{ image: ${registry.loginServer}/there:v1 }] } }`,
}

/** Which files leave nothing to doubt beside a readable one. @param isThere whether the registry has what they name, and not only the readable one's image */
async function listReady(isThere: boolean): Promise<string[]> {
  const content = { digest: `sha256:${'a'.repeat(64)}`, platforms: [] }
  const absent = new ActionError('IMAGE_NOT_FOUND', 'no', { azure: { status: 404, message: 'no' } })
  const answer = (_: unknown, repository: string) =>
    isThere || repository === 'there' ? Promise.resolve(content) : Promise.reject(absent)
  const azure = { content: { read: answer } } as unknown as AzureContext
  const registries = [{ asked: registry.name, value: { registry, role: builtInRoles.acrPull } }]
  const ready = names.map(async name => {
    const { images: manifests, doubts } = read(readable, fileOf(name))
    const inputs = { manifests, manifestDoubts: [], verify: 'assignment' as const }
    const { images, findings } = await checkManifests(azure, registries, [], inputs)
    expect(images.map(nameImage)).toContain('there:v1')
    const isWhole =
      images.every(({ status }) => status === 'present') && findings.every(({ severity }) => severity === 'notice')
    return isWhole && doubts.length === 0 ? [name] : []
  })
  return (await Promise.all(ready)).flat()
}

test('none of these files is ready beside a readable one if what it names is missing, and none is refused if all is there and can be read', async () => {
  expect(await listReady(false)).toEqual([...empty])
  const later = ['argo-workflow.yaml', 'cron-job.yaml', 'tekton-task.yaml']
  expect(await listReady(true)).toEqual(names.filter(name => rule(name) !== 'a doubt is left' && !later.includes(name)))
})
