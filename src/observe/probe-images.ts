import { parseImageSource, type Registry, type Seen } from 'azure'
import type { AzureContext } from 'azure-clients'
import { lookUpImage } from 'image-uses'
import { attempt } from 'kernel'
import type { Inputs, WantedBy } from 'run-model'

/**
 * Finds the registries that nodes pull each image of the input `probe-image` from: those that have it. An image is looked up only if several registries
 * come into question. If none is known to have it, the nodes decide.
 */
export async function placeProbeImages(
  azure: AzureContext,
  registries: Registry[],
  { probeImages, verify, mode }: Pick<Inputs, 'probeImages' | 'verify' | 'mode'>,
): Promise<WantedBy<'probe'>[]> {
  if (verify !== 'pull' || mode === 'detach') return []
  return (await Promise.all(probeImages.map(name => place(azure, name, registries)))).flat()
}

async function place(
  azure: AzureContext,
  name: Inputs['probeImages'][number],
  registries: Registry[],
): Promise<WantedBy<'probe'>[]> {
  const meant = name.loginServer
    ? registries.filter(({ loginServer }) => loginServer.toLowerCase() === name.loginServer)
    : registries
  const all = await Promise.all(
    meant.map(async registry => {
      const text = `${registry.loginServer}/${name.path}`
      const { repository = '', tag = '', digest = '' } = parseImageSource(text) ?? {}
      const reference = digest || tag
      const seen = meant.length > 1 ? await lookUpImage(azure, registry, repository, reference, attempt) : undefined
      const state =
        seen?.kind === 'found'
          ? { status: 'present' as const, digest: seen.content.digest }
          : { status: 'unknown' as const, digest: '' }
      const image = { registry, repository, reference, text: name.loginServer ? name.text : text, ...state }
      return { kind: seen?.kind, image: { wantedBy: 'probe' as const, ...image } }
    }),
  )
  const ofKind = (wanted: Seen['kind']) => all.filter(({ kind }) => kind === wanted)
  const chosen = [ofKind('found'), ofKind('unknown'), all].find(({ length }) => length > 0) ?? []
  return chosen.map(({ image }) => image)
}
