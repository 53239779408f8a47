import { nameOf, pinned, type ImageResult } from 'azure'
import type { CheckedManifest } from 'run-model'
import { round, toErrorJson } from './error-json.js'

export type ReportedImage = ReturnType<typeof toImageJson>

/** Whether the report lists an image: the one that the action imports for its probe pods only if its state is known. */
export function isReported({ image, digest, error }: ImageResult): boolean {
  return !image.request.isProbe || digest !== '' || error !== undefined
}

/** An image as outputs and report name it. */
export function toImageJson(result: ImageResult) {
  const { image, status, digest, sizeInBytes, seconds, isImportable, error } = result
  return {
    source: image.request.text,
    name: nameOf(image.request),
    image: pinned(result) || null,
    digest: digest || null,
    status,
    registry: image.registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === undefined ? null : round(seconds),
    importable: status === 'missing' ? (isImportable ?? false) : null,
    error: error ? toErrorJson(error) : null,
  }
}

export function toManifestJson({ image, registry, status, error }: CheckedManifest) {
  const { text, file, document, resource, field } = image
  return {
    image: text,
    registry: registry.id,
    status,
    file,
    document,
    resource,
    field,
    error: error ? toErrorJson(error) : null,
  }
}
