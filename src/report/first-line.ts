import type { Logger } from '../model/progress.js'
import type { Inputs } from '../model/wanted.js'
import { plural } from './text.js'
import { version } from './version.js'

/** The first line of the log. */
export function announceStart(inputs: Inputs, log: Logger): void {
  log.line(`attach-acr ${version} · ${describeInputs(inputs)}`)
}

/** `attach · 1 cluster × 2 registries`. */
function describeInputs({ mode, clusters, kubeletIdentities, registries }: Inputs): string {
  const targets = [
    clusters.some(({ kind }) => kind === 'all')
      ? 'all clusters'
      : clusters.length > 0 && plural(clusters.length, 'cluster'),
    kubeletIdentities.length > 0 && plural(kubeletIdentities.length, 'kubelet identity', 'kubelet identities'),
  ]
  return `${mode} · ${targets.filter(Boolean).join(' and ')} × ${plural(registries.length, 'registry', 'registries')}`
}
