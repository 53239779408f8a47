import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { create } from '@actions/glob'
import { parseAllDocuments } from 'yaml'
import { parseImageSource } from '../model/image.js'
import { describePlace, type ManifestImage } from '../model/manifest.js'
import { quote, type InputReader } from './reader.js'

/** Notes that the input `manifests` holds, or leads to, something else than what is accepted. */
type Reject = (found: string, accepted: string) => void

/**
 * Reads every image in the files that the globs match: of each kind of workload, custom ones too, with init and ephemeral containers and image
 * volumes. A glob that matches nothing, a file that is not YAML and what is not the name of an image are problems of the reader.
 */
export async function readManifests(reader: InputReader, globs: string[]): Promise<ManifestImage[]> {
  const reject: Reject = (found, accepted) => {
    reader.reject('manifests', found, accepted)
  }
  const files = await findFiles(globs, reject)
  const images = await Promise.all(
    files.map(async file => findImages(await readFile(file, 'utf8'), relative(process.cwd(), file), reject)),
  )
  return images.flat().filter(image => {
    const isImage = parseImageSource(image.text) !== undefined
    if (!isImage) rejectImage(image, reject)
    return isImage
  })
}

async function findFiles(globs: string[], reject: Reject): Promise<string[]> {
  // One by one, to tell which of them matches nothing; exclusions (`!x`) go with each.
  const exclusions = globs.filter(glob => glob.startsWith('!'))
  const found = new Set<string>()
  for (const glob of globs.filter(each => !exclusions.includes(each))) {
    const globber = await create([glob, ...exclusions].join('\n'), { matchDirectories: false })
    const files = (await globber.glob()).filter(file => /\.(ya?ml|json)$/i.test(file))
    if (files.length === 0)
      reject(`${quote(glob)}, which matches no .yaml, .yml or .json file below ${process.cwd()}`, there)
    for (const file of files) found.add(file)
  }
  return [...found].sort()
}

/** The images in the text of one file; what is not YAML, or is no text where an image should be, is rejected. */
export function findImages(text: string, file: string, reject: Reject): ManifestImage[] {
  const documents = parseAllDocuments(text, { logLevel: 'error' })
  if (!Array.isArray(documents)) return [] // without a document
  return documents.flatMap((document, index) => {
    const [error] = document.errors
    if (error) {
      reject(`${file}, which is not YAML: ${error.message.split('\n')[0] ?? ''}`, rendered)
      return []
    }
    const images: ManifestImage[] = []
    for (const { content, path } of resourcesOf(document.toJS() as unknown)) {
      collect(content, path, (image, field) => {
        const place = { file, document: index + 1, resource: nameResource(content), field }
        // A template that is not rendered is a mapping in YAML: `image: {{ .Values.image }}`.
        if (typeof image === 'string') images.push({ ...place, text: image })
        else rejectImage({ ...place, text: JSON.stringify(image) }, reject)
      })
    }
    return images
  })
}

interface Resource {
  content: unknown
  /** Where it is in its document. */
  path: string
}

/** What kubectl would apply: the document, or the items of a list. */
function resourcesOf(content: unknown): Resource[] {
  if (!isObject(content) || typeof content.kind !== 'string') return []
  if (!Array.isArray(content.items)) return [{ content, path: '' }]
  return content.items.map((item, index) => ({ content: item as unknown, path: `items[${index}]` }))
}

function nameResource(content: unknown): string {
  if (!isObject(content)) return ''
  const { name, generateName } = isObject(content.metadata) ? content.metadata : {}
  return [content.kind, name ?? generateName].filter(part => typeof part === 'string').join(' ')
}

const containerFields = ['containers', 'initContainers', 'ephemeralContainers']

type OnImage = (image: unknown, field: string) => void

/** Pod specs are found wherever they are: workloads of other makers (Rollouts, Knative, …) have theirs in other places. */
function collect(value: unknown, path: string, onImage: OnImage): void {
  if (Array.isArray(value)) {
    value.forEach((item: unknown, index) => {
      collect(item, `${path}[${index}]`, onImage)
    })
    return
  }
  if (!isObject(value)) return
  for (const [key, child] of Object.entries(value)) {
    const at = path ? `${path}.${key}` : key
    if (containerFields.includes(key) && Array.isArray(child)) tellImages(child, at, onImage)
    else if (key === 'volumes' && Array.isArray(child)) tellVolumes(child, at, onImage)
    else collect(child, at, onImage)
  }
}

function tellImages(containers: unknown[], path: string, onImage: OnImage): void {
  containers.forEach((container, index) => {
    if (isObject(container) && container.image !== undefined && container.image !== null)
      onImage(container.image, `${path}[${index}].image`)
  })
}

/** Volumes of the type `image` (kubernetes.io/docs/concepts/storage/volumes#image). */
function tellVolumes(volumes: unknown[], path: string, onImage: OnImage): void {
  volumes.forEach((volume, index) => {
    if (isObject(volume) && isObject(volume.image) && typeof volume.image.reference === 'string')
      onImage(volume.image.reference, `${path}[${index}].image.reference`)
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rejectImage(image: ManifestImage, reject: Reject): void {
  reject(`${quote(image.text)}, which is no image name, in ${describePlace(image)}`, rendered)
}

const there = 'globs of files that are there; is actions/checkout before this step?'

const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)'
