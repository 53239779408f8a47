import * as core from '@actions/core'
import { keepSecret } from 'kernel'

/** Masks a secret in logs and the summary, and remembers it for what the runner doesn't mask: outputs, files, issues. An empty one is ignored. */
export function mask(secret: string): void {
  if (!secret) return
  core.setSecret(secret)
  keepSecret(secret)
}
