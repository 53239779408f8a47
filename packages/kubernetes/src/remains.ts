import { rowsOf } from './cluster-text.js'
import { describeHeldPods } from './probe-pod.js'
import type { ProbeDeps } from './probe.js'

/**
 * The pods that no deletion by label takes away, by name: those that lost their labels on admission, and those that a finalizer holds after their deletion
 * (both recorded from an API server 1.36.2).
 */
export function createRemains({ name, attempt, log }: Pick<ProbeDeps, 'name' | 'attempt' | 'log'>) {
  /** Finalizers by the name of the pod that they hold. */
  const held = new Map<string, string>()
  return {
    strays: new Set<string>(),
    held: held as ReadonlyMap<string, string>,

    /** Notes the pods in the answer of a deletion that still have finalizers; an answer that is no list says nothing. */
    noteAnswer(answer: string): void {
      for (const [pod, finalizers] of readHeld(answer)) held.set(pod, finalizers.join(', '))
    },

    /** Notes the rows `held` of a script, whose finalizers are as in JSON. */
    noteRows(output: string): void {
      for (const [pod = '', finalizers = ''] of rowsOf(output, 'held'))
        held.set(pod, finalizers.replaceAll('","', ', '))
    },

    /** Warns of the pods that finalizers hold. */
    warnOfHeld(): void {
      if (held.size > 0) log.warn(describeHeldPods(name, attempt, held))
    },
  }
}

interface Deleted {
  items?: readonly { metadata?: { name?: string; finalizers?: readonly string[] } }[]
}

function readHeld(answer: string): [string, readonly string[]][] {
  if (!answer.includes('"finalizers"')) return []
  try {
    const { items = [] } = JSON.parse(answer) as Deleted
    return items.flatMap(({ metadata: { name = '', finalizers = [] } = {} }): [string, readonly string[]][] =>
      finalizers.length > 0 ? [[name, finalizers]] : [],
    )
  } catch {
    return []
  }
}
