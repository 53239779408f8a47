import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { expectAttached, it, type Scenario } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

// How many requests follow one another: what a step takes on a slow way to Azure.

/** How long no further request must come before those of a round are answered, in milliseconds. */
const quietMs = 700

/** Answers requests in rounds: all that came while the others waited, together. @returns the number of rounds so far */
function inRounds({ simulator }: Scenario): () => number {
  let rounds = 0
  let waiting: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  const answer = (): void => {
    rounds += 1
    const all = waiting
    waiting = []
    for (const go of all) go()
  }
  const until = (): Promise<void> =>
    new Promise(resolve => {
      waiting.push(resolve)
      clearTimeout(timer)
      timer = setTimeout(answer, quietMs)
    })
  simulator.faults.add({ until, times: Infinity })
  return () => rounds
}

/** An identity that may list identities learns from the list that the kubelet identity exists; others ask for it once the cluster has named it. */
const cases = [
  { what: 'by ID', mayList: true, isAttached: true, rounds: 3 },
  { what: 'by ID', mayList: true, isAttached: false, rounds: 5 },
  { what: 'by name', mayList: true, isAttached: true, rounds: 4 },
  { what: 'by name', mayList: true, isAttached: false, rounds: 6 },
  { what: 'by ID', mayList: false, isAttached: true, rounds: 4 },
  { what: 'by ID', mayList: false, isAttached: false, rounds: 6 },
] as const

describe('the requests of an attach', () => {
  it.for(
    cases.map(each => ({
      ...each,
      title: `${each.isAttached ? 'that has nothing to do' : 'that assigns the role'}, ${each.what}, ${each.mayList ? 'with' : 'without'} the right to list identities`,
    })),
  )('$title, are $rounds in sequence', async ({ what, mayList, isAttached, rounds }, { begin }) => {
    // A process that waits for a processor may send a request a round too late, never too early: so the fewest of three tries count.
    for (const attempt of [1, 2, 3]) {
      const scenario = await begin()
      const { attach, subscription, cluster, registry } = scenario
      if (mayList) letDeploy(scenario, subscription.id)
      if (isAttached) await attach()
      const seen = inRounds(scenario)
      const ids = what === 'by ID' ? { cluster: cluster.id, registry: registry.id } : {}
      const end = await attach(ids, { environment: unhurried })
      expectAttached(end, { changed: !isAttached })
      if (attempt < 3 && seen() > rounds) continue
      return expect(seen()).toBe(rounds)
    }
  })
})
