import { parseImageSource, type Constraints, accountName } from 'azure'
import { quote } from 'runner'
import { describePlaceInManifest, type ManifestImage } from 'run-model'
import { readConstraints } from './constraints.js'
import { rendered, type Reject } from './files.js'
import { isObject, textOf } from './values.js'

/**
 * Finds the images in the documents of a file: in the containers of workloads of all vendors, in image volumes, and in the fields of custom resources from
 * which operators create pods. Rejects containers with an invalid image name.
 */
export function findInDocuments(documents: unknown[], file: string, reject: Reject): ManifestImage[] {
  return documents.flatMap((content, index) =>
    resourcesOf(content).flatMap(({ resource, path }) => {
      if (isOfUpdater(resource)) return []
      const isTest = isOfTest(resource)
      const place = { file, document: index + 1, resource: nameResource(resource), ...(isTest && ofTest) }
      return findInResource(resource, path).flatMap(({ image, field, isCertain, account, constraints }) => {
        const text = typeof image === 'string' ? image : JSON.stringify(image)
        const used = isTest ? '' : account
        const found = {
          ...place,
          field,
          image: text,
          ...(used && { account: used }),
          ...(constraints && { constraints }),
        }
        if (account && !accountName.test(account)) {
          // Operators may use such a field for something else.
          if (isCertain)
            reject(`${quote(account)}, an invalid service account, in ${describePlaceInManifest(found)}`, rendered)
          delete found.account
        }
        // A pattern, of a policy.
        if (!isCertain && text.includes('*')) return []
        // A template that isn't rendered can also be a mapping in YAML: `image: {{ .Values.image }}`.
        const isRendered = typeof image === 'string' && !unrendered.test(text)
        if (isRendered && (!isCertain || parseImageSource(text))) return [found]
        return reject(`${quote(text)}, an invalid image name, in ${describePlaceInManifest(found)}`, rendered)
      })
    }),
  )
}

/** Matches templates that Helm would have rendered; others, such as those of Argo Workflows, are filled in when pods are created. */
const unrendered = /\{\{-?\s*([.$(]|include\b|tpl\b|printf\b|default\b|quote\b)/

/** A resource that kubectl would apply. */
export interface Resource {
  resource: Record<string, unknown>
  /** Its place in the document. */
  path: string
}

/** The resources that kubectl would apply: the document, or the items of a list. */
export function resourcesOf(content: unknown): Resource[] {
  if (!isObject(content) || typeof content.kind !== 'string') return []
  if (!Array.isArray(content.items)) return [{ resource: content, path: '' }]
  return content.items.flatMap((item: unknown, index) =>
    isObject(item) ? [{ resource: item, path: `items[${index}]` }] : [],
  )
}

export function nameResource({ kind, metadata }: Record<string, unknown>): string {
  const { name, generateName } = isObject(metadata) ? metadata : {}
  return [kind, name ?? generateName].filter(part => typeof part === 'string').join(' ')
}

/** Whether only `helm test` creates a resource (helm.sh/docs/topics/chart_tests). */
export function isOfTest({ metadata }: Record<string, unknown>): boolean {
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {}
  const hooks = textOf(annotations['helm.sh/hook'])
  return hooks !== '' && hooks.split(',').every(hook => /^\s*test(-success|-failure)?\s*$/.test(hook))
}

/**
 * Whether a resource says which repositories something watches for new images, with ranges of versions: those of Flux, Argo CD Image Updater
 * (argocd-image-updater.readthedocs.io/en/stable/configuration/images) and Kargo.
 */
export function isOfUpdater({ apiVersion }: Record<string, unknown>): boolean {
  return /^(image\.toolkit\.fluxcd|argocd-image-updater\.argoproj|kargo\.akuity)\.io\//.test(textOf(apiVersion))
}

export const ofTest = { pulledBy: 'helm-test' } as const

/** An image in a resource. */
interface FoundImage {
  image: unknown
  field: string
  /** Whether Kubernetes itself uses it as an image, unchanged. */
  isCertain: boolean
  /** The service account of its pods. */
  account: string
  constraints?: Constraints
}

/** Lists of containers: those of pods, and those of Argo Workflows and Tekton, whose steps are containers. */
const containerLists = ['containers', 'initContainers', 'ephemeralContainers', 'sidecars', 'steps']

/** Single containers, of Argo Workflows and of Tekton. */
const singleContainers = ['container', 'script', 'stepTemplate']

/** Fields with the image of an operator's pods. */
const imageField = /^(image|[a-z]\w*Image|image(Name|Ref))$/

/** The position of the walk through a resource. */
interface ImageSpot {
  path: string
  isContainer: boolean
  isVolume: boolean
  /** Empty if none is named so far. */
  account: string
  constraints: Constraints | undefined
}

/** Searches all fields: workloads of other vendors (Rollouts, Knative, KEDA, …) have their pods in other places. */
function findInResource(resource: Record<string, unknown>, path: string): FoundImage[] {
  const isCustom = isCustomResource(resource)
  const found: FoundImage[] = []

  const visit = (value: unknown, spot: ImageSpot): void => {
    if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => {
        visit(item, { ...spot, path: `${spot.path}[${index}]` })
      })
    } else if (isObject(value)) {
      const constraints = readConstraints(value, spot.constraints)
      const account = readAccount(value) || spot.account
      for (const [key, child] of Object.entries(value)) visitField(key, child, { ...spot, account, constraints })
    }
  }

  const add = (image: unknown, field: string, isCertain: boolean, spot: ImageSpot): void => {
    const constraints = constraintsAt(spot)
    found.push({ image, field, isCertain, account: spot.account, ...(constraints && { constraints }) })
  }

  const visitField = (key: string, child: unknown, spot: ImageSpot): void => {
    const field = spot.path ? `${spot.path}.${key}` : key
    if (key === 'image' && spot.isContainer) {
      if (child !== undefined && child !== null) add(child, field, !isCustom, spot)
    } else if (key === 'image' && spot.isVolume && isObject(child)) {
      if (typeof child.reference === 'string') add(child.reference, `${field}.reference`, !isCustom, spot)
    } else if (isCustom && imageField.test(key) && readLoosely(child)) {
      add(readLoosely(child), field, false, spot)
    } else {
      const isVolume = key === 'volumes' && Array.isArray(child)
      visit(child, { ...spot, path: field, isContainer: holdsContainers(key, child, isCustom), isVolume })
    }
  }

  visit(resource, { path, isContainer: false, isVolume: false, account: '', constraints: undefined })
  return found
}

/** The nodes of an object that might not be a pod aren't known. */
function constraintsAt({ constraints, isContainer, isVolume }: ImageSpot): Constraints | undefined {
  return constraints ?? (isContainer || isVolume ? anywhere : undefined)
}

/** Whether a field has a list of containers, or one. */
function holdsContainers(key: string, value: unknown, isCustom: boolean): boolean {
  if (containerLists.includes(key) && Array.isArray(value)) return true
  return isCustom && singleContainers.includes(key) && isObject(value)
}

/** The service account that an object names: a pod's specification, or the resource of an operator. `serviceAccount` is its older name. */
function readAccount({ serviceAccountName, serviceAccount }: Record<string, unknown>): string {
  const name = serviceAccountName ?? serviceAccount
  return typeof name === 'string' ? name : ''
}

/** The constraints of a pod without any. */
const anywhere: Constraints = { nodeSelector: {}, tolerations: [] }

/**
 * The groups of Kubernetes itself with a dot in their names (kubernetes.io/docs/reference/generated/kubernetes-api). Others end with `k8s.io`, too, such as
 * `sparkoperator.k8s.io`.
 */
const ownGroups = new Set(
  [
    ...['admissionregistration', 'apiextensions', 'apiregistration', 'authentication', 'authorization', 'certificates'],
    ...['coordination', 'discovery', 'events', 'flowcontrol.apiserver', 'internal.apiserver', 'networking', 'node'],
    ...['rbac.authorization', 'resource', 'scheduling', 'storage', 'storagemigration'],
  ].map(name => `${name}.k8s.io`),
)

/** Whether a resource is defined by an operator, not by Kubernetes. */
function isCustomResource({ apiVersion }: Record<string, unknown>): boolean {
  const [group = '', version] = textOf(apiVersion).split('/')
  return version !== undefined && group.includes('.') && !ownGroups.has(group)
}

/**
 * Reads an image from a field with a likely name, as text or in parts (`{ registry, repository, tag, digest }`). To count, it needs a registry's host, and
 * a tag or a digest.
 */
function readLoosely(value: unknown): string | undefined {
  const text = isObject(value) ? joinImageParts(value) : value
  if (typeof text !== 'string' || !/^[^/]*[.:][^/]*\/.*[:@]/.test(text)) return undefined
  return parseImageSource(text) && text
}

function joinImageParts({ registry, repository, name, tag, digest }: Record<string, unknown>): string {
  const path = textOf(repository) || textOf(name)
  const behind = textOf(digest) ? `@${textOf(digest)}` : textOf(tag) && `:${textOf(tag)}`
  return [textOf(registry), path + behind].filter(Boolean).join('/')
}
