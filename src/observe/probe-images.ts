import { parseImageSource, type Registry } from 'azure'
import type { AzureContext } from 'azure-clients'
import { lookUpImage } from 'image-uses'
import { attempt } from 'kernel'
import type { Inputs, PlacedProbe, ProbeName } from 'run-model'

/**
 * Finds the registries that nodes pull each image of the input `probe-image` from: those that have it. An image is looked up only if several registries
 * come into question. If none is known to have it, the nodes decide.
 */
export async function placeProbeImages(
  azure: AzureContext,
  registries: Registry[],
  { probeImages, verify, mode }: Pick<Inputs, 'probeImages' | 'verify' | 'mode'>,
): Promise<PlacedProbe[]> {
  if (verify !== 'pull' || mode === 'detach') return []
  return (await Promise.all(probeImages.map(name => place(azure, name, registries)))).flat()
}

async function place(azure: AzureContext, name: ProbeName, registries: Registry[]): Promise<PlacedProbe[]> {
  const meant = name.loginServer
    ? registries.filter(({ loginServer }) => loginServer.toLowerCase() === name.loginServer)
    : registries
  if (meant.length < 2) return meant.map(registry => ({ name, registry, isThere: false }))
  const all = await Promise.all(
    meant.map(async registry => {
      const { repository = '', tag = '', digest = '' } = parseImageSource(`${registry.loginServer}/${name.path}`) ?? {}
      const { kind } = await lookUpImage(azure, registry, repository, digest || tag, attempt)
      return { name, registry, isThere: kind === 'found', isUnknown: kind === 'unknown' }
    }),
  )
  const having = all.filter(({ isThere }) => isThere)
  const unknown = all.filter(({ isUnknown }) => isUnknown)
  const chosen = [having, unknown, all].find(({ length }) => length > 0) ?? []
  return chosen.map(({ registry, isThere }) => ({ name, registry, isThere }))
}
