import type { Cloud } from '../model/cloud.js'
import type { Finding } from '../model/finding.js'
import { fix } from '../model/fix.js'
import { parseImageSource } from '../model/image.js'
import { groupBy } from '../model/lists.js'
import { describePlace, type CheckedManifest, type ManifestImage } from '../model/manifest.js'
import type { Observed } from '../model/observed.js'
import { valuesOf } from '../model/result.js'
import { loginServerOf } from '../model/registry.js'
import { isAlmost } from '../model/similarity.js'

/** Maximum number of images named in a message. */
const maxNamed = 3

/**
 * Reports images of the manifests that were not checked. A warning if they may belong to one of the registries: their host is another Azure registry or
 * almost the same, or their name is only known when pods are created. A note for the others.
 */
export function findElsewhere(
  images: readonly ManifestImage[],
  checked: readonly CheckedManifest[],
  registries: Observed['registries'],
  cloud: Cloud,
): { findings: Finding[]; notes: string[] } {
  const known = new Set(checked.map(({ image }) => image.text))
  const servers = valuesOf(registries).map(({ registry }) => registry.loginServer)
  const others = [...groupBy(images, ({ text }) => text)].flatMap(([text, [image]]) =>
    image && !known.has(text) ? [image] : [],
  )
  const hosts = groupBy(others, ({ text }) => loginServerOf(parseImageSource(text)?.host ?? ''))
  const findings: Finding[] = []
  const plain: ManifestImage[] = []
  for (const [host, onHost] of hosts) {
    const meant = servers.find(server => isAlmost(host, server.toLowerCase()))
    if (!host) findings.push(...onHost.map(filledInLater))
    else if (meant || host.endsWith(cloud.registrySuffix)) findings.push(inOther(host, onHost, meant))
    else plain.push(...onHost)
  }
  return { findings, notes: noteElsewhere(plain) }
}

function inOther(host: string, images: ManifestImage[], meant: string | undefined): Finding {
  const named = images.slice(0, maxNamed).map(image => `${image.text} (${describePlace(image)})`)
  const why = meant ? `, which is almost ${meant}` : ", an Azure registry that isn't listed in the registry input"
  return {
    code: 'IMAGE_NOT_PROBED',
    severity: 'warning',
    subject: host,
    message: `The manifests use images from ${host}${why}. They were not checked: ${named.join('; ')}${moreThan(images)}.`,
    fix: fix(
      meant
        ? 'Correct the host in the manifests, if it is a typo.'
        : 'If the clusters pull from it, add it to the registry input.',
    ),
  }
}

function filledInLater(image: ManifestImage): Finding {
  return {
    code: 'IMAGE_NOT_PROBED',
    severity: 'warning',
    subject: image.text,
    message: `${image.text} could not be checked: its name is only known when the pod is created (${describePlace(image)}).`,
    fix: fix('To check the images that it stands for, add them to probe-image or images.'),
  }
}

function noteElsewhere(images: ManifestImage[]): string[] {
  const named = images.slice(0, maxNamed).map(({ text }) => text)
  if (images.length === 0) return []
  if (images.length === 1) return [`${named.join()} is in another registry and was not checked`]
  const count = `${images.length} images of the manifests`
  return [`${count} are in other registries and were not checked: ${named.join(', ')}${moreThan(images)}`]
}

function moreThan({ length }: ManifestImage[]): string {
  return length > maxNamed ? ` and ${length - maxNamed} more` : ''
}
