import { nameImage } from 'azure'
import { pinned, type WantedBy } from 'run-model'
import { round, toErrorJson } from './error-json.js'

export type ReportedImage = ReturnType<typeof toImageJson>

/** Whether the report lists an image: the one that the action imports for its probe pods only if its state is known. */
export function isReported({ request, digest, error }: WantedBy<'input'>): boolean {
  return !request.isProbe || digest !== '' || error !== undefined
}

/** An image as outputs and report name it. */
export function toImageJson(image: WantedBy<'input'>) {
  const { request, registry, status, digest, sizeInBytes, seconds, isImportable, error } = image
  return {
    source: request.text,
    name: nameImage(image),
    image: pinned(image) || null,
    digest: digest || null,
    status,
    registry: registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === undefined ? null : round(seconds),
    importable: status === 'missing' ? (isImportable ?? false) : null,
    error: error ? toErrorJson(error) : null,
  }
}

export function toManifestJson({ uses, registry, status, error }: WantedBy<'manifest'>) {
  const [{ image, file, document, resource, field }] = uses
  return {
    image,
    registry: registry.id,
    status,
    file,
    document,
    resource,
    field,
    error: error ? toErrorJson(error) : null,
  }
}
