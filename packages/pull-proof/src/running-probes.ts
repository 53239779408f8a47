import { acrCommand, sameId, type Registry, type Target } from 'azure'
import { fix, groupBy, nameSome, notice, type Finding, warning } from 'kernel'
import { nameRunning, type CheckedRunningImage, type ProbeImage, type WorkloadContainer } from 'run-model'

/** Maximum number of images that run in a cluster that its nodes pull, so that a probe stays small. */
const maxPerCluster = 20

/**
 * The images of its workloads that a cluster's nodes pull, most pods first, each where the workloads may run. Missing images are not pulled.
 * @param probeAccount the service account that all images are pulled as; empty if the input names none
 */
export function chooseRunning(
  target: Target,
  registry: Registry,
  running: readonly CheckedRunningImage[],
  { probeServiceAccount: probeAccount, probeNamespace }: { probeServiceAccount: string; probeNamespace: string },
): ProbeImage[] {
  const chosen = listOwn(target, running).slice(0, maxPerCluster)
  return chosen
    .filter(({ image }) => sameId(image.registry.id, registry.id))
    .flatMap(({ image, uses }) => {
      // The account of another namespace is not there, or it is another one of that name.
      const accountOf = ({ account = '', namespace }: WorkloadContainer): string =>
        probeAccount || (namespace === probeNamespace ? account : '')
      return [...groupBy(uses, accountOf)].map(([account, own]): ProbeImage => {
        const [{ image: reference, kind, namespace, name }] = own
        const constraints = own.flatMap(use => use.constraints ?? [])
        return {
          reference,
          registryId: registry.id,
          isThere: image.status !== 'unknown',
          from: `${kind} ${namespace}/${name}`,
          origin: 'manifest',
          ...(account && { account }),
          ...(own.every(use => use.constraints) && { constraints }),
        }
      })
    })
}

/** The finding about images of a cluster's workloads that its nodes do not pull because they are too many. */
export function findLeftOut(target: Target, running: readonly CheckedRunningImage[]): Finding[] {
  const all = listOwn(target, running)
  const left = all.slice(maxPerCluster).map(({ image }) => `${image.registry.loginServer}/${nameRunning(image)}`)
  if (left.length === 0) return []
  return [
    notice(
      'IMAGE_NOT_PROBED',
      target.id,
      `${left.length} of ${all.length} images that run on ${target.name} were not pulled: at most ${maxPerCluster} are, those of most pods first. Not pulled: ${nameSome(left, maxNamed)}.`,
      fix('They were only looked up in the registry. To pull one of them, too, name it in probe-image.'),
    ),
  ]
}

const maxNamed = 5

/** The finding about a registry of which a cluster runs no image that its nodes could pull. */
export function nothingRuns(target: Target, { id, name }: Registry): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    target.id,
    `No workload that was checked on ${target.name} runs an image of ${name} that its nodes could pull, so the access to it was only verified by the role that Azure reports.`,
    fix(
      'To let nodes pull an image anyway, name it in probe-image. To list them:',
      acrCommand('repository list', id, '--output table'),
    ),
  )
}

/** The images that a cluster's workloads run, with what uses them, most pods first: each tag or digest once, whatever digest of it runs. */
function listOwn(target: Target, running: readonly CheckedRunningImage[]) {
  const own = running.flatMap(image => {
    const uses = image.uses.filter(use => sameId(use.target.id, target.id))
    return uses.length > 0 && image.status !== 'gone' ? [{ image, uses }] : []
  })
  const byName = groupBy(own, ({ image }) => `${image.registry.id} ${nameRunning(image)}`)
  const merged = [...byName].map(([name, same]) => {
    const uses = same.flatMap(each => each.uses)
    return { name, image: same[0].image, uses, pods: uses.reduce((sum, { pods }) => sum + pods, 0) }
  })
  return merged.sort((a, b) => b.pods - a.pods || (a.name < b.name ? -1 : 1))
}
