import { describe, expect } from 'vitest'
import { inRun } from '../../support/nights.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

const statesOf = ({ world: { github } }: Scenario) => github.issues.map(({ state }) => state)

/** The night in which aks-prod-1 is first seen to have drifted. */
async function beginWithIssue(begin: (beginning: object) => Promise<Scenario>, inputs: Record<string, string> = check) {
  const scenario = await begin(schedule)
  const { world, registry, group } = scenario
  const second = group.addCluster('aks-prod-2')
  const end = await scenario.attach(inputs, inRun(101, '2026-11-20'))
  const [issue] = world.github.issues
  if (!issue) throw new Error(`there is no issue: ${end.log}`)
  const heal = ({ kubeletIdentity: { objectId: principalId } } = scenario.cluster, role = 'AcrPull') =>
    world.assignRole({ principalId, role, scope: registry.id })
  /** Closes it some days ago, by GitHub's clock. */
  const close = (stateReason: 'completed' | 'not_planned' | 'duplicate', closedBy: string | null, days: number) =>
    Object.assign(issue, { state: 'closed', stateReason, closedBy, closedAt: Date.now() - days * 24 * 3_600_000 })
  return { ...scenario, scenario, second, issue, heal, close }
}

/** The requests for one issue alone. */
const asked = ({ requests }: { requests: readonly { method: string; path: string }[] }) =>
  requests.filter(({ method, path }) => method === 'GET' && /\/issues\/\d+$/.test(path)).length

describe('a drift issue that was closed by mistake', () => {
  onceIt.for([
    ['completed', 'octocat', 0],
    ['not_planned', 'stale[bot]', 1],
    ['duplicate', 'github-actions[bot]', 1],
  ] as const)('as %s by %s is reopened with its date', async ([reason, by, requests], { begin }) => {
    const { scenario, attach, issue, close } = await beginWithIssue(begin)
    close(reason, by, 1)
    const end = await attach(check, inRun(102, '2026-11-22'))
    expect(statesOf(scenario)).toEqual(['open'])
    expect(asked(end)).toBe(requests)
    expect(issue.body).toMatch(/Since 2026-11-20 \(day 3\), first seen by \[run \d+\]\(\S+\/runs\/101\)/)
    expect(end.log).toMatch(/^drift issue {2}#1 reopened, drift since 2026-11-20 \(day 3\)/m)
  })

  onceIt('by a bot is reopened for more drift, too', async ({ begin }) => {
    const { scenario, attach, issue, close } = await beginWithIssue(begin)
    close('not_planned', 'stale[bot]', 1)
    expect(asked(await attach(both, inRun(102, '2026-11-22')))).toBe(1)
    expect(statesOf(scenario)).toEqual(['open'])
    expect(issue.body).toMatch(/^\| aks-prod-1 \|.*\| day 3, [^]*^\| aks-prod-2 \|.*\| day 1, /m)
  })

  onceIt('more than a week ago has a new one with its date, for the drift that it remembers', async ({ begin }) => {
    const { scenario, world, attach, close } = await beginWithIssue(begin)
    close('not_planned', 'stale[bot]', 9)
    await attach(both, inRun(102, '2026-11-30'))
    expect(statesOf(scenario)).toEqual(['closed', 'open'])
    const { body = '' } = world.github.issues[1] ?? {}
    expect(body).toContain('Since 2026-11-20 (day 11)')
    expect(body).toMatch(/^\| aks-prod-1 \|.*\| day 11, /m)
    expect(body).toMatch(/^\| aks-prod-2 \|.*\| day 1, /m)
  })

  onceIt('is reopened with the date of today if the drift was repaired in between', async ({ begin }) => {
    const { world, attach, issue, heal, close } = await beginWithIssue(begin)
    close('completed', 'octocat', 1)
    const grant = heal()
    await attach(check, inRun(102, '2026-11-22'))
    world.assignments.remove(grant)
    await attach(check, inRun(103, '2026-11-23'))
    expect(issue.state).toBe('open')
    expect(issue.body).toContain('Since 2026-11-23 (day 1)')
  })
})

describe('an open drift issue', () => {
  onceIt('has a comment when a cluster loses the access that it had by a broader role', async ({ begin }) => {
    const { attach, world, issue, heal, scenario, second } = await beginWithIssue(begin, both)
    const broader = heal(scenario.cluster, 'Contributor')
    await attach(both, inRun(102, '2026-11-21'))
    const count = issue.comments.length
    world.assignments.remove(broader)
    await attach(both, inRun(103, '2026-11-22'))
    expect(issue.comments.slice(count).map(({ body }) => body)).toEqual([
      expect.stringMatching(/^\*\*Worse\*\*: 1 lost the access that was left\.\n- aks-prod-1 can't pull /),
    ])
    await attach(both, inRun(104, '2026-11-23'))
    expect(issue.comments).toHaveLength(count + 1)
    expect(issue.body).toMatch(/Since 2026-11-20 \(day 4\)/)
    expect(second.name).toBe('aks-prod-2')
  })
})

describe('a drift issue that this action has closed', () => {
  onceIt('is reopened with the date of today', async ({ begin }) => {
    const { world, attach, issue, heal } = await beginWithIssue(begin)
    const visible = issue.body.replaceAll(/^<!-- attach-acr .*-->$/gm, '')
    const grant = heal()
    const end = await attach(check, inRun(102, '2026-11-21'))
    expect(issue.state).toBe('closed')
    expect(end.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1)
    expect(issue.body.replaceAll(/^<!-- attach-acr .*-->$/gm, '')).toBe(visible)
    world.assignments.remove(grant)
    await attach(check, inRun(103, '2026-11-22'))
    expect(issue.state).toBe('open')
    expect(issue.body).toContain('Since 2026-11-22 (day 1)')
  })
})

describe('a drift issue that was closed as not planned', () => {
  onceIt.for([
    ['a person', 'octocat', 1],
    ['nobody knows whom', null, 1],
  ] as const)('by %s stays closed', async ([, by, requests], { begin }) => {
    const { scenario, attach, issue, close } = await beginWithIssue(begin)
    close('not_planned', by, 1)
    const before = JSON.stringify(issue)
    const end = await attach(check, inRun(102, '2026-11-22'))
    expect(JSON.stringify(scenario.world.github.issues)).toBe(`[${before}]`)
    expect(asked(end)).toBe(requests)
    expect(end.log).toMatch(/^drift issue {2}#1 stays closed/m)
  })

  onceIt('by nobody who can be asked for is left alone, with a warning', async ({ begin }) => {
    const { scenario, simulator, attach, issue, close } = await beginWithIssue(begin)
    close('not_planned', 'stale[bot]', 1)
    const before = JSON.stringify(issue)
    const body = { message: 'No.' }
    simulator.faults.add({ method: 'GET', path: /\/issues\/1$/, status: 403, body, times: Infinity })
    const end = await attach(check, inRun(102, '2026-11-22'))
    expect(JSON.stringify(scenario.world.github.issues)).toBe(`[${before}]`)
    expect(end.annotations).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('The drift issue is not up to date') as string }),
    )
  })

  onceIt('is asked about only if it decides whether there is a new one', async ({ begin }) => {
    const { scenario, attach, heal, close } = await beginWithIssue(begin)
    close('not_planned', 'octocat', 12)
    expect(asked(await attach(both, inRun(102, '2026-11-22')))).toBe(0)
    expect(statesOf(scenario)).toEqual(['closed', 'open'])
    expect(asked(await attach(both, inRun(103, '2026-11-23')))).toBe(0)
    heal()
    expect(asked(await attach(check, inRun(104, '2026-11-24')))).toBe(0)
  })

  onceIt('has a successor for drift that is worse, also after a part of it was repaired', async ({ begin }) => {
    const { scenario, attach, world, heal, second, close } = await beginWithIssue(begin, both)
    // aks-prod-1 can pull by a broader role: accepted, as is what aks-prod-2 lacks.
    const broader = heal(scenario.cluster, 'Contributor')
    await attach(both, inRun(102, '2026-11-21'))
    close('not_planned', 'octocat', 1)
    const grant = heal(second)
    await attach(both, inRun(103, '2026-11-22'))
    expect(statesOf(scenario)).toEqual(['closed'])
    world.assignments.remove(broader)
    await attach(both, inRun(104, '2026-11-23'))
    expect(statesOf(scenario)).toEqual(['closed', 'open'])
    expect(world.github.issues[1]?.body).toMatch(/^\| aks-prod-1 \|/m)
    expect(grant.principalId).toBe(second.kubeletIdentity.objectId)
  })
})
