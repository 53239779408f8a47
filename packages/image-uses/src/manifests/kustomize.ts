import { basename } from 'node:path'
import { parseImageSource } from 'azure'
import { quote } from 'kernel'
import { describePlace, type ManifestImage } from 'run-model'
import type { Reject } from './problems.js'
import { isObject, listOf, textOf } from './values.js'

/** An entry of `images` in a kustomization, which changes all images of a name (kubectl.docs.kubernetes.io/references/kustomize/kustomization/images). */
export interface Override extends Omit<ManifestImage, 'text'> {
  name: string
  newName: string
  newTag: string
  digest: string
}

/** Reads `images` in the kustomizations of a file, of kustomize and of Flux. Rejects tags that aren't text, as kustomize does. */
export function findOverrides(documents: unknown[], file: string, reject: Reject): Override[] {
  return documents.flatMap((content, index) => {
    if (!isObject(content) || !isKustomization(content, file)) return []
    const [images, path] = isObject(content.spec) ? [content.spec.images, 'spec.images'] : [content.images, 'images']
    return listOf(images).flatMap((entry, position): Override[] => {
      if (!isObject(entry)) return []
      const resource = ['Kustomization', isObject(content.metadata) ? textOf(content.metadata.name) : '']
      const place = {
        file,
        document: index + 1,
        resource: resource.filter(Boolean).join(' '),
        field: `${path}[${position}]`,
      }
      const { newTag, digest } = entry
      if (typeof newTag === 'number') {
        reject(`newTag ${newTag}, a number in YAML, in ${describePlace({ ...place, text: '' })}`, 'the tag in quotes')
        return []
      }
      const name = textOf(entry.name)
      return [
        { ...place, name, newName: textOf(entry.newName) || name, newTag: textOf(newTag), digest: textOf(digest) },
      ]
    })
  })
}

function isKustomization({ kind }: Record<string, unknown>, file: string): boolean {
  return kind === 'Kustomization' || (kind === undefined && /^kustomization\.ya?ml$/i.test(basename(file)))
}

/**
 * Applies kustomizations to the images. A changed image gets the place of its override. An override without an image in the files counts by itself if it
 * has a tag or a digest.
 */
export function override(images: ManifestImage[], overrides: Override[], reject: Reject): ManifestImage[] {
  const used = new Set<Override>()
  const apply = (each: Override, image: Partial<ManifestImage>): ManifestImage[] => {
    used.add(each)
    const text = rename(each, (image.text ?? each.name).slice(each.name.length))
    const made = { ...image, ...placeOf(each), text }
    if (parseImageSource(text)) return [made]
    reject(`${quote(text)}, an invalid image name, in ${describePlace(made)}`, 'names and tags of images')
    return []
  }
  const changed = images.flatMap(image => {
    const fitting = overrides.filter(({ name }) => name === nameOf(image.text))
    return fitting.length > 0 ? fitting.flatMap(each => apply(each, image)) : [image]
  })
  const alone = overrides.filter(each => !used.has(each) && (each.newTag || each.digest))
  return [...changed, ...alone.flatMap(each => apply(each, {}))]
}

function placeOf({ file, document, resource, field }: Override): Omit<ManifestImage, 'text'> {
  return { file, document, resource, field }
}

/** A reference without its tag and its digest. */
function nameOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
}

function rename({ newName, newTag, digest }: Override, before: string): string {
  if (digest) return `${newName}@${digest}`
  return newTag ? `${newName}:${newTag}` : `${newName}${before}`
}
