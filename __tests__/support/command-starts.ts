import type { Pod } from 'azure-simulator'
import type { PullScenario } from './pull-scenario.js'

/** The requests that start commands in a cluster. The first one of a run lists the nodes, the second creates pods. */
export const commandStart = { method: 'POST', path: /\/runCommand$/i }

/** An answer to one of them that does not show whether it was carried out. */
export const serverError = { status: 500, body: { error: { code: 'InternalServerError', message: 'Try again.' } } }

/** Watches the probe pods of a cluster. @returns their maximum number at a time, and the commands that created them */
export function watchPods({ cluster: { kubernetes } }: PullScenario): { most: number; makers: Set<string> } {
  const commandOf = ({ metadata }: Pod): string => metadata.labels?.['attach-acr/command'] ?? ''
  const seen = { most: 0, makers: new Set<string>() }
  kubernetes.store.onChange(({ type, resource }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    const { pods } = kubernetes
    seen.most = Math.max(seen.most, pods.length)
    for (const pod of pods) seen.makers.add(commandOf(pod))
  })
  return seen
}
