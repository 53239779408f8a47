import { parseAllDocuments } from 'yaml'
import { cloudNames, cloudOf, parseImageSource } from 'azure'
import type { ManifestImage } from 'run-model'
import { isObject, textOf } from './values.js'

/** What a document says of Azure images in places that are not read as fields of pods: arguments, variables, values of charts, texts in ConfigMaps, … */
export interface Mentions {
  /** Complete names, with a tag or a digest. */
  images: Pick<ManifestImage, 'image' | 'field' | 'pulledBy'>[]
  /** Names that become complete only when something renders the document. */
  parts: Part[]
}

/** A repository, or a registry alone, whose images get their tag elsewhere. */
export interface Part {
  name: string
  /** The complete names that it makes with the tags beside it. */
  whole: string[]
}

/**
 * Finds the Azure images that a document mentions anywhere but in YAML comments. Not in addresses: `oci://` is for charts, which nodes don't pull.
 * @param options.isValues whether it is a file of values, which something else renders
 * @param options.isForeign whether it renders only charts of other hosts, whose images are not in Azure registries unless it says so
 * @param options.known the images that are read already, as the documents spell them
 */
export function findMentions(
  document: unknown,
  options: Pick<MentionSpot, 'path' | 'isValues' | 'isForeign' | 'known'>,
): Mentions {
  const mentions: Mentions = { images: [], parts: [] }
  visit(document, { ...options, depth: 0 }, mentions)
  return mentions
}

/** The position of the walk through a document. */
interface MentionSpot {
  path: string
  isValues: boolean
  isForeign: boolean
  known: ReadonlySet<string>
  /** Whether its name says that it is an image, so that one without a tag is not only a repository. */
  isImage?: boolean
  /** Whether its name says that it is a bundle of Tekton (tekton.dev/docs/pipelines/bundle-resolver). */
  isBundle?: boolean
  /** How many texts are around it that are documents themselves. */
  depth: number
  /** The tags beside it; absent if nothing beside it is a tag. */
  tags?: readonly string[] | undefined
}

const suffixes = cloudNames.map(name => cloudOf(name).registrySuffix.replaceAll('.', String.raw`\.`)).join('|')

/** Matches the name of an Azure registry, in any letter case. */
export const azureHost = String.raw`[a-z0-9-]{1,63}(?:\.[a-z0-9]{1,63}\.geo)?(?:${suffixes})(?::\d{1,5})?`

/** What is filled in later: by Kubernetes, envsubst, a chart, a program. */
const filledIn = String.raw`\$|\{\{|%[sv]`

/**
 * Matches names of images in Azure registries inside of other text, also without tag and digest, and what shows that a tag follows that is filled in later:
 * `app=REGISTRY/app:v2`, `REGISTRY/app:$(TAG)`. Linear, because all lengths have a limit, as those of names do.
 */
const azureName = new RegExp(
  String.raw`(?:(?<=\bdocker://)|(?<![\w./-]))${azureHost}/(?:[a-z0-9]{1,255}(?:[._/-]{1,9}[a-z0-9]{1,255}){0,127}|(?=${filledIn}))` +
    String.raw`(?<tag>:\w(?:[\w.-]{0,126}\w)?)?(?<digest>@sha256:[a-f0-9]{64})?(?![\w*])(?<later>[:@/._-]{0,9}(?:${filledIn}))?`,
  'gi',
)

/** Matches a value that is nothing but a repository of an Azure registry, or such a registry. */
const whole = new RegExp(String.raw`^\s*${azureHost}(?:/[a-z0-9._/-]*)?\s*$`, 'i')

const registryAlone = new RegExp(String.raw`^\s*${azureHost}/?\s*$`, 'i')

/** Matches keys and names of values that complete an image: `tag`, `newTag`, `IMAGE_TAG`, `image.digest`. */
const tagKey = /(tag|digest)$/i

/** Matches the same for a field that is said to be of an image: operators build names of `baseImage` and `version`. */
const versionKey = /^(version|sha)$/i

/** Matches an argument or a literal with a tag: `--image-tag=v1`, `TAG=v1`, `--tag`. */
const tagArgument = /^[-\w.]*(?:tag|digest)(?:[=:](?<value>.*))?$/i

/** Matches a text in which a tag is set: `image.tag=v1`, `tag: v1`. */
const tagInText = /(?:tag|digest)["']?[ \t]*[=:]/i

/** Matches the fields whose content something renders: of HelmRelease, of Argo CD, of k3s, of Crossplane, of Flux, and of ConfigMaps with values. */
const valuesKey = /^(helm|kustomize|set|substitute|values.*)$/i

/** Matches keys and names of values with an image's tag or digest: `imageTag`, `image.digest`. */
const imageTagKey = /image.*(tag|digest)$/i

/** Matches keys and names of values beside a tag that name its image. */
const nameKey = /(repository|repo|registry|hub|name|image)$/i

/** Matches fields of images: `sidecarImage`, and packages of Crossplane with those that these depend on. */
const imageKey = /(image|uri$|^package|^provider|^configuration|^function|^bundle)$/i

/** Matches what is before the image of an argument, a variable or a field in a text: `--sidecar-image=`, `image: `. */
const imageBefore = /image["']?\s{0,2}[=:]\s{0,2}["']?$/i

/** Matches the end of the path of an object that describes an image. */
const imageObject = /image[^.[]*$/i

function visit(value: unknown, spot: MentionSpot, into: Mentions): void {
  if (typeof value === 'string') visitText(value, spot, into)
  else if (Array.isArray(value)) visitList(value, spot, into)
  else if (isObject(value)) visitObject(value, spot, into)
}

function visitObject(value: Record<string, unknown>, spot: MentionSpot, into: Mentions): void {
  const entries = Object.entries(value)
  const tags = entries.filter(([key]) => tagKey.test(key)).map(([, tag]) => textOf(tag))
  const versions = entries.filter(([key]) => versionKey.test(key)).map(([, version]) => textOf(version))
  const split = tags.length > 0 ? findSplit(entries, tags) : undefined
  if (split) into.parts.push(split.part)
  into.parts.push(...findNameless(entries, spot))
  for (const [key, child] of entries) {
    // Argo CD Image Updater's older form, with ranges of versions.
    if (key.startsWith('argocd-image-updater.argoproj.io/')) continue
    const at = enter(spot, key, value)
    visitText(key, { ...at, isValues: false }, into)
    const isValues = spot.isValues || (valuesKey.test(key) && !isListOfTexts(child))
    const around = key === 'value' ? (spot.tags ?? []) : []
    const isOfImage = /image/i.test(key) || imageObject.test(spot.path)
    const beside = [...around, ...tags, ...(isOfImage ? versions : [])]
    if (typeof child !== 'string') visit(child, { ...at, isValues }, into)
    else if (child !== split?.server)
      visitText(withoutScheme(key, child), { ...at, isValues, tags: beside.length > 0 ? beside : undefined }, into)
  }
}

/** The position of a field in an object. */
function enter(spot: MentionSpot, key: string, { name, path }: Record<string, unknown>): MentionSpot {
  // Variables and parameters have names, and JSON patches have paths.
  const label = key === 'value' ? textOf(name) || textOf(path) : key
  const isBundle = label === 'bundle'
  const isImage = imageKey.test(label) || (key !== label && /image/i.test(label))
  return { ...spot, path: spot.path ? `${spot.path}.${key}` : key, tags: undefined, isImage, isBundle }
}

/** A registry in one field whose repository and tag are in others. */
function findSplit(entries: readonly [string, unknown][], tags: readonly string[]) {
  const [, server] = entries.find(([, value]) => registryAlone.test(textOf(value))) ?? []
  if (typeof server !== 'string') return undefined
  const isRepository = ([key, value]: [string, unknown]): boolean =>
    /(repository|repo|name|image)$/i.test(key) && value !== server && textOf(value) !== ''
  const [, repository] = entries.find(isRepository) ?? []
  const name = `${server.trim().replace(/\/$/, '')}/${textOf(repository)}`
  return repository === undefined ? undefined : { server, part: { name, whole: complete(name, tags) } }
}

/** Values that set the tag of an image whose name is in the chart: `image: { tag: v2 }`, `image.tag=v2`. Artifacts of Skaffold get their registry from the command. */
function findNameless(
  entries: readonly (readonly [string, unknown])[],
  { path, isValues, isForeign }: MentionSpot,
): Part[] {
  if (!isValues || isForeign) return []
  const filled = entries.filter(([, value]) => textOf(value) !== '')
  const names = filled.filter(([key]) => nameKey.test(key))
  const isArtifact = /artifacts\[\d+\]$/.test(path) && names.some(([, name]) => !/[.:].*\//.test(textOf(name)))
  // kustomize keeps what `*` stands for, which is in other files.
  const isKept = path.endsWith('kustomize.images') && filled.some(pair => pair.join('=').includes('*'))
  const pattern = imageObject.test(path) ? tagKey : imageTagKey
  const [tag] = names.length > 0 ? [] : (filled.find(([key]) => pattern.test(key)) ?? [])
  return isArtifact || isKept || tag ? [{ name: [path, tag].filter(Boolean).join('.'), whole: [] }] : []
}

/** The text of a field, in which the address of an image is that image: nodes pull a model of KServe (kserve.github.io/website/docs/model-serving/storage/providers/oci). */
function withoutScheme(key: string, text: string): string {
  return /^(storageU|u)ri$/.test(key) ? text.replace(/^oci:\/\//, '') : text
}

function visitList(items: readonly unknown[], spot: MentionSpot, into: Mentions): void {
  const tags = items.flatMap(item => {
    if (typeof item === 'string') return tagArgument.exec(item)?.groups?.value ?? (tagArgument.test(item) ? '' : [])
    return isObject(item) && 'value' in item && tagKey.test(textOf(item.name)) ? textOf(item.value) : []
  })
  const named = items.map((item): [string, unknown] => {
    if (isObject(item)) return [textOf(item.name), item.value]
    const [name = '', ...rest] = textOf(item).split('=')
    return [name, rest.join('=')]
  })
  into.parts.push(...findNameless(named, spot))
  items.forEach((item, index) => {
    const isImage = imageKey.test(textOf(items[index - 1]))
    const at = { ...spot, path: `${spot.path}[${index}]`, tags: tags.length > 0 ? tags : undefined, isImage }
    visit(item, at, into)
  })
}

function visitText(value: string, spot: MentionSpot, into: Mentions): void {
  if (!/\.azurecr\./i.test(value)) {
    if (spot.isValues && /tag|digest/i.test(value)) visitInner(value, spot, into)
    return
  }
  if (spot.known.has(value)) return
  const text = withoutComments(value)
  // An image of kustomize, or a value of `--set`: `nginx=REGISTRY/nginx`.
  const name = text.replace(/^.*=/, '')
  const isOnly = spot.isValues && whole.test(name)
  const open = findNames(text, spot, into)
  if (isOnly && open.length === 0) open.push({ name: name.trim(), whole: [] })
  const hasTag = isOnly || spot.tags !== undefined
  const isPart = hasTag || (!visitInner(text, spot, into) && open.length > 0 && tagInText.test(text))
  // One by one, because there can be more than a call takes arguments.
  if (isPart) for (const part of open) into.parts.push(part)
}

/** Notes the names in a text that are complete, and those whose rest is filled in. @returns those without a tag and a digest */
function findNames(text: string, spot: MentionSpot, { images, parts }: Mentions): Part[] {
  const { path, tags = [], isImage, isBundle } = spot
  const isWholeImage = isImage && whole.test(text)
  const open: Part[] = []
  for (const { 0: match, index, groups = {} } of text.matchAll(azureName)) {
    const { tag, digest, later = '' } = groups
    const name = match.slice(0, match.length - later.length).replace(/\/$/, '')
    const part = { name, whole: complete(name, tags) }
    if (later !== '') parts.push({ name, whole: [] })
    else if (tag === undefined && digest === undefined) {
      const isPattern = text.startsWith('/*', index + match.length)
      if (isWholeImage || (!isPattern && imageBefore.test(text.slice(Math.max(0, index - 20), index)))) parts.push(part)
      else open.push(part)
    } else if (parseImageSource(name))
      images.push({ image: name, field: path, ...(isBundle && { pulledBy: 'controller' }) })
    else parts.push({ name, whole: [] })
  }
  return open
}

/** Maximum length of a text that is read as a document, in characters: a ConfigMap takes 1 MiB, and values are short. */
const maxInner = 200_000

/** Reads a text that is YAML or JSON itself, whose complete names were found already. @returns whether it is */
function visitInner(text: string, spot: MentionSpot, { parts }: Mentions): boolean {
  if (spot.depth >= 2 || text.length > maxInner || !/[\n{[]/.test(text)) return false
  try {
    const documents = parseAllDocuments(text, { logLevel: 'error', merge: true, uniqueKeys: false })
    const values = documents.flatMap(each => (each.errors.length > 0 ? [] : (each.toJS() as unknown)))
    if (values.length < documents.length || !values.some(each => typeof each === 'object')) return false
    for (const value of values) visit(value, { ...spot, depth: spot.depth + 1 }, { images: [], parts })
    return true
  } catch {
    // Aliases that expand too far, or a nesting that is too deep: it is read as plain text.
    return false
  }
}

/** Maximum number of tags that are tried for a repository. */
const maxTags = 20

/** The names with the tags beside a repository; without any if these aren't known. */
function complete(name: string, tags: readonly string[]): string[] {
  return tags.slice(0, maxTags).flatMap(tag => (tag ? [`${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`] : []))
}

/** A script, or YAML in a text, without the lines that are comments. */
function withoutComments(text: string): string {
  return text.includes('\n') ? text.replaceAll(/^[ \t]*#.*$/gm, '') : text
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(each => typeof each === 'string')
}
