import type { NodePull } from 'run-model'
import { round } from './error-json.js'

/** The pull of a node as the report has it. */
export function toPullJson(pull: NodePull) {
  const { node, pool, arch, image, verdict, message, attempts, startedAt, finishedAt, cause } = pull
  return {
    node,
    pool,
    arch,
    image: image.reference,
    serviceAccount: image.account ?? null,
    verdict,
    cause: cause ?? null,
    message: message || null,
    attempts,
    durationSeconds: round((finishedAt - startedAt) / 1000),
  }
}
