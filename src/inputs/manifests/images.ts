import { parseImageSource } from '../../model/image.js'
import { describePlace, type ManifestImage } from '../../model/manifest.js'
import type { Constraints } from '../../model/scheduling.js'
import { readConstraints } from './constraints.js'
import { quote } from '../reader.js'
import { rendered, type Reject } from './problems.js'
import { isObject, textOf } from './values.js'

/**
 * The images that the documents of a file name: in the containers of workloads of every maker, in image volumes, and in the fields of custom
 * resources that operators make pods of. A container whose image is no image's name is rejected.
 */
export function findInDocuments(documents: unknown[], file: string, reject: Reject): ManifestImage[] {
  return documents.flatMap((content, index) =>
    resourcesOf(content).flatMap(({ resource, path }) => {
      const place = { file, document: index + 1, resource: nameResource(resource) }
      return findInResource(resource, path).flatMap(({ image, field, isCertain, constraints }) => {
        const text = typeof image === 'string' ? image : JSON.stringify(image)
        const found = { ...place, field, text, ...(constraints && { constraints }) }
        // A template that is not rendered may also be a mapping in YAML: `image: {{ .Values.image }}`.
        const isRendered = typeof image === 'string' && !unrendered.test(text)
        if (isRendered && (!isCertain || parseImageSource(text))) return [found]
        reject(`${quote(text)}, which is not an image name, in ${describePlace(found)}`, rendered)
        return []
      })
    }),
  )
}

/** Matches templates that Helm would have replaced; others, such as those of Argo Workflows, are filled in when pods are made. */
const unrendered = /\{\{-?\s*([.$(]|include\b|tpl\b|printf\b|default\b|quote\b)/

interface Resource {
  resource: Record<string, unknown>
  /** Where it is in its document. */
  path: string
}

/** The resources that kubectl would apply: the document, or the items of a list. */
function resourcesOf(content: unknown): Resource[] {
  if (!isObject(content) || typeof content.kind !== 'string') return []
  if (!Array.isArray(content.items)) return [{ resource: content, path: '' }]
  return content.items.flatMap((item: unknown, index) =>
    isObject(item) ? [{ resource: item, path: `items[${index}]` }] : [],
  )
}

function nameResource({ kind, metadata }: Record<string, unknown>): string {
  const { name, generateName } = isObject(metadata) ? metadata : {}
  return [kind, name ?? generateName].filter(part => typeof part === 'string').join(' ')
}

/** An image in a resource. */
interface Found {
  image: unknown
  field: string
  /** Whether Kubernetes itself takes it for an image, and as it stands. */
  isCertain: boolean
  constraints?: Constraints
}

/** Lists of containers: those of pods, and those of Argo Workflows and Tekton, whose steps are containers. */
const containerLists = ['containers', 'initContainers', 'ephemeralContainers', 'sidecars', 'steps']

/** Single containers, of Argo Workflows and of Tekton. */
const singleContainers = ['container', 'script', 'stepTemplate']

/** Fields by which operators let the image of their pods be chosen. */
const imageField = /^(image|[a-z]\w*Image|image(Name|Ref))$/

/** The position of the walk through a resource. */
interface Spot {
  path: string
  isContainer: boolean
  isVolume: boolean
  constraints: Constraints | undefined
}

/** Pods are found wherever they are: workloads of other makers (Rollouts, Knative, KEDA, …) have theirs in other places. */
function findInResource(resource: Record<string, unknown>, path: string): Found[] {
  const isCustom = isCustomResource(resource)
  const found: Found[] = []

  const visit = (value: unknown, spot: Spot): void => {
    if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => {
        visit(item, { ...spot, path: `${spot.path}[${index}]` })
      })
    } else if (isObject(value)) {
      const constraints = readConstraints(value, spot.constraints)
      for (const [key, child] of Object.entries(value)) visitField(key, child, { ...spot, constraints })
    }
  }

  const visitField = (
    key: string,
    child: unknown,
    { path: parent, isContainer, isVolume, constraints }: Spot,
  ): void => {
    const field = parent ? `${parent}.${key}` : key
    const add = (image: unknown, at: string, isCertain: boolean): void => {
      // Where an object is not known to be a pod, its nodes are not known either.
      const where = constraints ?? (isContainer || isVolume ? anywhere : undefined)
      found.push({ image, field: at, isCertain, ...(where && { constraints: where }) })
    }
    if (key === 'image' && isContainer) {
      if (child !== undefined && child !== null) add(child, field, !isCustom)
    } else if (key === 'image' && isVolume && isObject(child)) {
      if (typeof child.reference === 'string') add(child.reference, `${field}.reference`, !isCustom)
    } else if (isCustom && imageField.test(key) && readLoosely(child)) {
      add(readLoosely(child), field, false)
    } else {
      const isList = containerLists.includes(key) && Array.isArray(child)
      const isSingle = isCustom && singleContainers.includes(key) && isObject(child)
      const isVolumes = key === 'volumes' && Array.isArray(child)
      visit(child, { path: field, isContainer: isList || isSingle, isVolume: isVolumes, constraints })
    }
  }

  visit(resource, { path, isContainer: false, isVolume: false, constraints: undefined })
  return found
}

/** The constraints of a pod that asks for nothing. */
const anywhere: Constraints = { nodeSelector: {}, tolerations: [] }

/** Whether a resource is of a maker other than Kubernetes: its group has a domain, and not that of Kubernetes. */
function isCustomResource({ apiVersion }: Record<string, unknown>): boolean {
  const [group = '', version] = textOf(apiVersion).split('/')
  return version !== undefined && group.includes('.') && !/(^|\.)k8s\.io$/.test(group)
}

/**
 * The image in a field of which only the name says that it is one, as text or in parts (`{ registry, repository, tag, digest }`). Only what can't
 * be anything else counts: with a registry's host, and a tag or a digest.
 */
function readLoosely(value: unknown): string | undefined {
  const text = isObject(value) ? joinParts(value) : value
  if (typeof text !== 'string' || !/^[^/]*[.:][^/]*\/.*[:@]/.test(text)) return undefined
  return parseImageSource(text) && text
}

function joinParts({ registry, repository, name, tag, digest }: Record<string, unknown>): string {
  const path = textOf(repository) || textOf(name)
  const behind = textOf(digest) ? `@${textOf(digest)}` : textOf(tag) && `:${textOf(tag)}`
  return [textOf(registry), path + behind].filter(Boolean).join('/')
}
