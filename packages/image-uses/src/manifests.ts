import {
  cloudNames,
  cloudOf,
  explainLock,
  isSameLabel,
  labelOf,
  loginServerOf,
  nameImage,
  parseImageSource,
} from 'azure'
import type { RegionalEndpoints } from 'azure'
import { getResource, resources, type AzureContext } from 'azure-clients'
import {
  ActionError,
  attempt,
  distinctOf,
  fix,
  groupBy,
  findNear,
  choices,
  memoize,
  nameSome,
  present,
  valuesOf,
  warning,
  notice,
  reasonOf,
  withReason,
} from 'kernel'
import type { Finding, Result, Unknown } from 'kernel'
import { describePlaceInManifest, type Inputs, type ManifestImage, type Observed, type CheckedImage } from 'run-model'
import { findUsed, lookUpImage, type AskedImage } from './lookup.js'

/**
 * Checks whether the images of the manifests exist, if they are in one of the registries. Never throws: after a cancellation, they are unknown.
 * @param imported the images of this run: one that Azure has imported is there, also if the runner can't read the registry
 */
export async function checkManifests(
  azure: AzureContext,
  registries: Observed['registries'],
  imported: readonly CheckedImage<'input'>[],
  inputs: Pick<Inputs, 'manifests' | 'manifestDoubts' | 'verify'>,
): Promise<{ images: CheckedImage<'manifest'>[]; findings: Finding[]; notes: string[]; unknown: Unknown[] }> {
  const { manifests, manifestDoubts, verify } = inputs
  // If nodes pull the images afterwards, the runner doesn't need to read the registry.
  const nodesDecide = verify === 'pull'
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const endpointsOf = memoize((registryId: string) =>
    attempt(getResource(azure, resources.regionalEndpoints, registryId), { orCancelled: true }),
  )
  const used = [...findUsed(manifests, existing), ...findUsed(manifests, existing, 'controller')]
  const images = await Promise.all(
    used.map(async (found): Promise<CheckedImage<'manifest'>> => {
      const { registry, repository, reference, uses } = found
      const [seen, unserved] = await Promise.all([
        lookUpImage(azure, registry, repository, reference),
        findUnservedEndpoint(found, endpointsOf),
      ])
      const asked = { ...found, ...present({ unserved }) }
      if (seen.kind === 'found') {
        const { digest, locks } = seen.content
        if (!locks) return { ...asked, status: 'present', digest }
        const use = `It is used in ${describePlaceInManifest(uses[0])}.`
        return { ...asked, status: 'locked', digest, error: explainLock(asked, seen.content, use) }
      }
      const { error } = seen
      const lacking = { ...asked, digest: '' }
      if (seen.kind === 'missing' || !error) return { ...lacking, status: 'missing', error: missing(uses[0], error) }
      const isImported = (image: CheckedImage<'input'>): boolean =>
        image.status === 'imported' && image.registry.id === registry.id && nameImage(image) === nameImage(asked)
      if (imported.some(isImported)) return { ...lacking, status: 'present' }
      if (error.code === 'CANCELLED') return { ...lacking, status: 'unknown', error }
      return { ...lacking, status: 'unknown', ...(!nodesDecide && { error: explainUnreadImage(uses[0], error) }) }
    }),
  )
  const { unknown, ...others } = findImagesElsewhere(manifests, images, registries)
  return { images, unknown: [...manifestDoubts, ...unknown], ...others }
}

/** The regional endpoint that an image is named by, unless its registry has enabled it. @param endpointsOf reads those of a registry, by its ID */
async function findUnservedEndpoint(
  { registry, uses: [{ image }] }: AskedImage<'manifest'>,
  endpointsOf: (registryId: string) => Promise<Result<RegionalEndpoints>>,
): Promise<CheckedImage<'manifest'>['unserved']> {
  const { host = '' } = parseImageSource(image) ?? {}
  if (host === loginServerOf(host)) return undefined
  const { value, error } = await endpointsOf(registry.id)
  if (error) return { host, why: reasonOf(error.said) }
  if (!value.hosts) return { host, why: 'Azure does not list them' }
  return value.hosts.includes(host) ? undefined : { host }
}

function missing(image: ManifestImage, error?: ActionError): ActionError {
  const said = { what: `${image.image} does not exist`, more: `It is used in ${describePlaceInManifest(image)}.` }
  return error?.with({ code: 'IMAGE_NOT_FOUND', said }) ?? new ActionError('IMAGE_NOT_FOUND', said)
}

function explainUnreadImage(image: ManifestImage, error: ActionError): ActionError {
  const more = `It is used in ${describePlaceInManifest(image)}.`
  const said = { ...withReason(`Could not check whether ${image.image} exists`, error.said), more }
  const advice = fix('Set verify: pull. Then the nodes pull it, and the runner does not need to read the registry.')
  return error.with({ said, fix: choices(advice, error.fix) })
}

/**
 * Reports images of the manifests that were not checked. A warning if nodes might be unable to get them: their host is another registry of Azure, or almost one of the
 * step's, or their name is only known when pods are created. Unknown if this step could not read their registry. A notice about tests, and a note for the others.
 */
function findImagesElsewhere(
  images: readonly ManifestImage[],
  checked: readonly CheckedImage<'manifest'>[],
  registries: Observed['registries'],
): { findings: Finding[]; notes: string[]; unknown: Unknown[] } {
  const known = new Set(checked.map(({ uses: [{ image }] }) => image))
  const servers = valuesOf(registries).map(({ registry }) => registry.loginServer)
  const unseen = distinctOf(images, ({ image, pulledBy }) => `${image} ${pulledBy}`).filter(
    ({ image }) => !known.has(image),
  )
  const tests = unseen.filter(
    each => each.pulledBy === 'helm-test' && isOfAzure(parseImageSource(each.image)?.host ?? ''),
  )
  const others = unseen.filter(each => !tests.includes(each))
  const hosts = groupBy(others, ({ image }) => loginServerOf(parseImageSource(image)?.host ?? ''))
  const findings: Finding[] = tests.length > 0 ? [onlyInTests(tests)] : []
  const unknown: Unknown[] = []
  const plain: ManifestImage[] = []
  for (const [host, onHost] of hosts) {
    const isAzure = isOfAzure(host)
    const meant = servers.find(server => isMeant(host, server.toLowerCase()))
    const unread = isAzure && registries.find(each => isUnreadAt(host, each))
    const byNodes = onHost.filter(({ pulledBy }) => !pulledBy)
    if (unread) unknown.push(notChecked(host, onHost, unread))
    else if (host && !meant && !isAzure) plain.push(...onHost)
    else {
      plain.push(...onHost.filter(({ pulledBy }) => pulledBy))
      if (!host) findings.push(...byNodes.map(filledInLater))
      else if (byNodes.length > 0) findings.push(inOther(host, byNodes, meant))
    }
  }
  return { findings, notes: noteElsewhere(plain), unknown }
}

/** Whether a host is a registry of Azure, in any of its clouds, also if a port is named, which its login server does not have. */
function isOfAzure(host: string): boolean {
  const name = host.replace(portPattern, '')
  return cloudNames.some(cloud => name.endsWith(cloudOf(cloud).registrySuffix))
}

const portPattern = /:\d+$/

/** Whether a host can be a misspelled login server: with a typo, or without the hash of a domain name label, or in another cloud. */
function isMeant(host: string, server: string): boolean {
  if (server === '') return false
  return findNear(host, [server]).length > 0 || (isOfAzure(host) && isSameLabel(labelOf(host), labelOf(server)))
}

/** Whether a registry of the inputs, or what `*` may stand for, can be that of a host, and could not be read or does not exist yet. */
function isUnreadAt(host: string, { asked, value }: Observed['registries'][number]): boolean {
  return !value?.registry.exists && (asked === '*' || isSameLabel(labelOf(asked), labelOf(host)))
}

function notChecked(host: string, images: ManifestImage[], { error }: Observed['registries'][number]): Unknown {
  const why = error?.message ?? 'The registry does not exist yet.'
  return {
    subject: host,
    message: `The manifests use images that could not be checked: ${namePlacesInManifests(images)}. ${why}`,
  }
}

const namePlacesInManifests = (images: ManifestImage[]): string =>
  nameSome(images.map(each => `${each.image} (${describePlaceInManifest(each)})`))

function inOther(host: string, images: ManifestImage[], meant: string | undefined): Finding {
  const question = meant ? ` Did you mean ${meant}?` : ''
  // The kubelet compares ports, and AKS configures its credential provider for names without one (kubernetes `pkg/credentialprovider`, `URLsMatch`).
  if (isOfAzure(host) && portPattern.test(host))
    return warning(
      'IMAGE_OUT_OF_REACH',
      host,
      `The manifests use images from ${host}, and nodes have no credentials for an Azure registry with a port: ${namePlacesInManifests(images)}.${question}`,
      'Remove the port in the manifests.',
    )
  return warning(
    'IMAGE_OUT_OF_REACH',
    host,
    `The manifests use images from ${host}, which isn't a registry of this step, so nothing shows that nodes can pull them: ${namePlacesInManifests(images)}.${question}`,
    meant
      ? `Correct the host in the manifests. If it is another registry that the clusters pull from, add it to the input registry.`
      : 'If the clusters pull from it, add it to the input registry. Otherwise, correct the manifests.',
  )
}

function filledInLater(image: ManifestImage): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    image.image,
    `${image.image} could not be checked: its name is only known when the pod is created (${describePlaceInManifest(image)}).`,
    'To check the images that it stands for, add them to probe-image or images.',
  )
}

function onlyInTests(images: ManifestImage[]): Finding {
  return notice(
    'IMAGE_NOT_PROBED',
    images[0]?.file ?? '',
    `Only tests of charts use these images (helm.sh/hook: test), so they were not checked: ${namePlacesInManifests(images)}.`,
    'To leave the tests out, render the chart with helm template --skip-tests.',
  )
}

function noteElsewhere(all: ManifestImage[]): string[] {
  const charts = all.filter(({ pulledBy }) => pulledBy === 'controller').map(({ image }) => image)
  if (charts.length > 0) {
    const others = noteElsewhere(all.filter(({ pulledBy }) => pulledBy !== 'controller'))
    return [`in other registries, or without an exact version, and not checked: ${nameSome(charts)}`, ...others]
  }
  const names = all.map(({ image }) => image)
  if (names.length === 0) return []
  if (names.length === 1) return [`${names.join()} is in another registry and was not checked`]
  const some = nameSome(names)
  return [`${names.length} images of the manifests are in other registries and were not checked: ${some}`]
}
