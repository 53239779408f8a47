import { plural, version } from 'texts'
import type { Logger } from 'runner'
import type { Inputs } from 'run-model'

/**
 * Prints the first line of the log: `attach-acr 1.2.0 · attach · 1 cluster × 2 registries`. In a file of its own, because every run loads it before its
 * first request.
 */
export function announceStart({ mode, clusters, kubeletIdentities, registries }: Inputs, log: Logger): void {
  const targets = [
    clusters.some(({ kind }) => kind === 'all')
      ? 'all clusters'
      : clusters.length > 0 && plural(clusters.length, 'cluster'),
    kubeletIdentities.length > 0 && plural(kubeletIdentities.length, 'kubelet identity', 'kubelet identities'),
  ].filter(Boolean)
  const isEvery = registries.some(({ kind }) => kind === 'all')
  const what = `${targets.join(' and ')} × ${isEvery ? 'all registries' : plural(registries.length, 'registry', 'registries')}`
  log.line(`attach-acr ${version} · ${mode} · ${what}`)
}
