import type { Drift } from 'report-document'
import type { Issue } from './github/issues.js'
import { createFinder, isAllSeen } from './compare.js'
import { memoryMarker, memoryPattern, readMemory, remember, type Memory } from './memory.js'

/** The state of a memory in which something was repaired: what is left is known by its names. */
const partlyRepaired = '0'

/** Whether a person closed the issue instead of repairing the drift. */
export function isDecided({ stateReason }: Issue): boolean {
  return stateReason === 'not_planned' || stateReason === 'duplicate'
}

/**
 * Takes what this run saw repaired out of the memory of an issue that a person closed as not planned or as a duplicate: it was accepted once, and is news
 * if it drifts again.
 * @returns the new body; undefined if nothing was repaired
 */
export function forgetRepaired({ body }: Issue, drift: Drift): string | undefined {
  const memory = readMemory(body)
  const left = withoutRepaired(memory, drift)
  if (!left) return undefined
  const last = [...body.matchAll(memoryPattern)].at(-1)
  if (!last) return undefined
  return `${body.slice(0, last.index)}${memoryMarker(left)}${body.slice(last.index + last[0].length)}`
}

function withoutRepaired(memory: Memory, drift: Drift): Memory | undefined {
  const { former, count } = memory
  if (!former) {
    const isRepaired = drift.items.length === 0 && isAllSeen(memory, drift)
    return count > 0 && isRepaired ? { state: partlyRepaired, count: 0, former: [] } : undefined
  }
  const find = createFinder(drift)
  const left = former.filter(each => find(each)[0]?.state !== 'fine')
  return left.length < former.length
    ? { ...memory, state: partlyRepaired, count: left.length, former: left }
    : undefined
}

/** Whether a person has accepted this drift, and nothing has come to it. */
export function isAccepted({ body }: Issue, drift: Drift): boolean {
  const { state, former } = readMemory(body)
  if (state === remember(drift).state) return true
  if (!former) return false
  const find = createFinder(drift)
  const known = new Set(former.flatMap(each => find(each).map(({ item }) => item)))
  // Otherwise the same things have drifted in another way.
  const isPart = state === partlyRepaired || drift.items.length < former.length
  const isDoubtful = drift.unknown.length + drift.blind.length + drift.unseen.length > 0
  return (isPart || isDoubtful) && drift.items.every(item => known.has(item))
}
