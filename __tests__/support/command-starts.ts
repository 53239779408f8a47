import type { Pod } from 'azure-simulator'
import type { PullScenario } from './pull-scenario.js'

/** The requests that start commands in a cluster. The first one of a run lists the nodes, the second creates pods. */
export const commandStart = { method: 'POST', path: /\/runCommand$/i }

/** An answer to one of them that does not show whether it was carried out. */
export const serverError = { status: 500, body: { error: { code: 'InternalServerError', message: 'Try again.' } } }

/** The command that created a pod. */
const commandOf = ({ metadata }: Pod): string => metadata.labels?.['attach-acr/command'] ?? ''

/** Watches the probe pods of a cluster. @returns their maximum number at a time, the commands that created them, and the last of those */
export function watchPods({ cluster: { kubernetes } }: PullScenario): {
  most: number
  makers: Set<string>
  last: string
} {
  const seen = { most: 0, makers: new Set<string>(), last: '' }
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    const { pods } = kubernetes
    seen.most = Math.max(seen.most, pods.length)
    for (const pod of pods) seen.makers.add(commandOf(pod))
    seen.last = commandOf(object as Pod)
  })
  return seen
}

/**
 * Watches who deletes the probe pods of a cluster: a command names itself in the selector of its own ones.
 * @returns a function with the selectors that deleted pods of a command and don't name it
 */
export function watchDeletions({ cluster: { kubernetes }, whenAnswered }: PullScenario): {
  byOthers: (command: string) => string[]
} {
  const deletions: { selector: string; commands: string[] }[] = []
  let gone: string[] = []
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (resource === 'pods' && type === 'DELETED') gone.push(commandOf(object as Pod))
  })
  whenAnswered(
    ({ method, host, query }) => {
      if (method === 'DELETE' && host.includes('azmk8s')) {
        deletions.push({ selector: query.labelSelector ?? '', commands: gone })
        gone = []
      }
      return false
    },
    () => undefined,
  )
  const namesIt = (selector: string, command: string): boolean =>
    new RegExp(`attach-acr/command in \\([^)]*\\b${command}\\b`).test(selector)
  return {
    byOthers: command =>
      deletions.flatMap(({ selector, commands }) =>
        commands.includes(command) && !namesIt(selector, command) ? selector : [],
      ),
  }
}
