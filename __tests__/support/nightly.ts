import { expect } from 'vitest'
import type { Beginning, Scenario, Start, StepEnd } from './scenario.js'

type Begin = (beginning?: Beginning) => Promise<Scenario>

/** A repository whose nightly check of aks-prod-1 keeps a drift issue; there is aks-prod-2, too. Each check is a run of its own, unless it is told which. */
export async function beginNights(begin: Begin, { runner, ...more }: Beginning = {}) {
  const nightly = { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' }
  const scenario = await begin({ ...more, runner: { ...nightly, ...runner } })
  const { attach, cluster, group, registry, simulator, world } = scenario
  const { github } = world
  let runs = 1_658_821_493
  const principalsOf = (clusters: (typeof cluster)[]) => clusters.map(({ kubeletIdentity }) => kubeletIdentity.objectId)
  return {
    ...scenario,
    github,
    second: group.addCluster('aks-prod-2'),
    both: { cluster: 'aks-prod-1\naks-prod-2' },
    check: (inputs: Record<string, string> = {}, { environment, ...start }: Start = {}) =>
      attach(
        { mode: 'check', 'drift-issue': 'true', ...inputs },
        { ...start, environment: { GITHUB_RUN_ID: String(runs++), ...environment } },
      ),
    heal(...clusters: (typeof cluster)[]) {
      for (const principalId of principalsOf(clusters.length > 0 ? clusters : [cluster]))
        world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    },
    lose(...clusters: (typeof cluster)[]) {
      const principals = principalsOf(clusters.length > 0 ? clusters : [cluster])
      for (const each of world.roleAssignments.filter(({ principalId }) => principals.includes(principalId)))
        world.assignments.remove(each)
    },
    /** What GitHub answers once instead. */
    answers(
      method: string,
      path: RegExp,
      fault: Omit<Parameters<typeof simulator.faults.add>[0], 'host' | 'method' | 'path'>,
    ) {
      simulator.faults.add({ host: 'api.github.com', method, path, ...fault })
    },
    /** The only issue. */
    issue() {
      expect(github.issues).toHaveLength(1)
      const [issue] = github.issues
      if (!issue) throw new Error('there is no issue')
      return issue
    },
    states: () => github.issues.map(({ state }) => state),
    /** Expects that GitHub keeps every byte. */
    async unchanged(work: () => Promise<StepEnd>) {
      const all = () => JSON.stringify([github.issues, github.labels])
      const before = all()
      const end = await work()
      expect(all()).toBe(before)
      return end
    },
  }
}

/** The requests to GitHub's REST API, each as its method and the end of its path. */
export function githubRequests({ requests }: Pick<StepEnd, 'requests'>): string[] {
  return requests
    .filter(({ path }) => path.includes('/repos/'))
    .map(({ method, path, status }) => `${method} ${path.split('/repos/contoso/shop/')[1] ?? path} ${status}`)
}
