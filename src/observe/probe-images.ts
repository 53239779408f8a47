import { isNotFound } from '../model/error.js'
import { parseImageSource } from '../model/image.js'
import type { PlacedProbe } from '../model/observed.js'
import type { Registry } from '../model/registry.js'
import { attempt } from '../model/result.js'
import type { Inputs, ProbeName } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'

/**
 * Finds the registries that each image of the input `probe-image` is pulled from. An image is looked up only where several registries could be
 * meant, and pulled from those that have it. Where none is known to have it, the nodes decide.
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
  const seen = await Promise.all(meant.map(async registry => ({ registry, found: await look(azure, name, registry) })))
  const have = seen.filter(({ found }) => found === 'there')
  const may = seen.filter(({ found }) => found === 'unknown')
  const chosen = [have, may, seen].find(({ length }) => length > 0) ?? []
  return chosen.map(({ registry, found }) => ({ name, registry, isThere: found === 'there' }))
}

async function look(
  { content, signal }: AzureContext,
  { path }: ProbeName,
  registry: Registry,
): Promise<'there' | 'missing' | 'unknown'> {
  const { repository = '', tag = '', digest = '' } = parseImageSource(`${registry.loginServer}/${path}`) ?? {}
  if (!registry.exists) return 'missing'
  const { error } = await attempt(content.read(registry, repository, digest || tag, signal))
  if (!error) return 'there'
  return isNotFound(error) ? 'missing' : 'unknown'
}
