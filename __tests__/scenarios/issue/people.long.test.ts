import { describe, expect } from 'vitest'
import { inRun } from '../../support/nights.js'
import { onceIt, expectAttached, expectFailure, type Scenario } from '../../support/scenario.js'
import { warningsOf } from '../../support/reading.js'

const check = { mode: 'check', 'drift-issue': 'true' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const day = 24 * 3_600_000

const firstIssue = ({ world: { github } }: Scenario) => {
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

const statesOf = ({ world: { github } }: Scenario) => github.issues.map(({ state }) => state)

/** Lets the cluster pull. */
const heal = ({ world, cluster, registry }: Scenario) =>
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })

function lose({ world, grants }: Scenario): void {
  for (const grant of grants()) world.assignments.remove(grant)
}

/** A world with an open issue about aks-prod-1, and a second cluster. */
async function beginWithIssue(begin: (beginning: object) => Promise<Scenario>) {
  const scenario = await begin(schedule)
  const second = scenario.group.addCluster('aks-prod-2')
  await scenario.attach(check, inRun(1))
  expect(statesOf(scenario)).toEqual(['open'])
  const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
  return { ...scenario, scenario, second, both, issue: firstIssue(scenario) }
}

describe('the drift issue without its memory', () => {
  onceIt('is not closed when all is healed, and says why', async ({ begin }) => {
    const { scenario, attach, issue } = await beginWithIssue(begin)
    issue.body = issue.body.replace(/^<!-- attach-acr state=.* -->$/m, '')
    heal(scenario)
    const end = await attach(check, inRun(2))
    expectAttached(end, { changed: false })
    expect(statesOf(scenario)).toEqual(['open'])
    expect(end.outputs['drift-issue-number']).toBe(String(issue.number))
    expect(end.log).toMatch(/drift issue .*#1 left open: .*by hand/)
  })
})

describe('the text of people in the drift issue', () => {
  onceIt('stays above and below, whatever they do to the hidden lines', async ({ begin }) => {
    const { scenario, attach, issue, both } = await beginWithIssue(begin)
    const note = 'Ada looks at it. See JIRA-7.'
    const hidden = issue.body.match(/^<!-- .* -->$/gm) ?? []
    expect(hidden).toHaveLength(4)
    const [first = '', , , line = ''] = hidden
    const edits = [
      (body: string) => `${note}\n\n${body}`,
      (body: string) => `${note}\n\n${body.replace(first, '')}`,
      (body: string) => `${note}\n\n${body.replace(line, '')}`,
      (body: string) => `${note}\r\n\r\n${body.replaceAll('\n', '\r\n')}`,
    ]
    const original = issue.body
    for (const [index, edit] of edits.entries()) {
      issue.body = `${edit(original)}\n- [ ] ask the platform team\n`
      await attach(check, inRun(10 * index + 2))
      await attach(both, inRun(10 * index + 3))
      await attach(check, inRun(10 * index + 4))
      expect(statesOf(scenario), String(index)).toEqual(['open'])
      expect(issue.body.split(note), String(index)).toHaveLength(2)
      expect(issue.body.split('ask the platform team')).toHaveLength(2)
      expect(issue.body.split('found by [')).toHaveLength(2)
    }
  })

  onceIt('is all that is left of the body: the issue is found by its label and author', async ({ begin }) => {
    const { scenario, attach, issue } = await beginWithIssue(begin)
    issue.body = 'We know about this one.'
    await attach(check, inRun(2))
    expect(statesOf(scenario)).toEqual(['open'])
    expect(issue.body).toMatch(/^<!-- [^]*We know about this one\.$/)
    expect(issue.comments).toEqual([])
    // Nobody knows what it listed: it is not closed for a drift that was not seen.
    issue.body = 'We know about this one.'
    heal(scenario)
    expectAttached(await attach(check, inRun(3)), { changed: false })
    expect(statesOf(scenario)).toEqual(['open'])
  })

  onceIt('can be its title', async ({ begin }) => {
    const { attach, issue, both } = await beginWithIssue(begin)
    const { title } = issue
    issue.title = 'Platform team: pulls fail'
    await attach(both, inRun(2))
    expect(issue).toMatchObject({ title: 'Platform team: pulls fail', state: 'open' })
    expect(issue.body).toContain('aks-prod-2 |')
    await attach(check, inRun(3))
    expect(issue.title).toBe('Platform team: pulls fail')
    expect(title).toMatch(/^Drift: /)
  })
})

describe('a drift issue that a person closed', () => {
  onceIt.for(['not_planned', 'duplicate'] as const)(
    'as %s stays closed, until the drift has healed and is back',
    async (stateReason, { begin }) => {
      const { scenario, attach, issue } = await beginWithIssue(begin)
      Object.assign(issue, { state: 'closed', stateReason, closedAt: Date.now() })
      const before = JSON.stringify(issue)
      expectFailure(await attach(check, inRun(2)), 'DRIFT')
      expect(JSON.stringify(scenario.world.github.issues)).toBe(`[${before}]`)
      heal(scenario)
      expectAttached(await attach(check, inRun(3)), { changed: false })
      expect(issue).toMatchObject({ state: 'closed', stateReason, comments: [] })
      const healed = JSON.stringify(issue)
      await attach(check, inRun(4))
      expect(JSON.stringify(issue)).toBe(healed)
      lose(scenario)
      scenario.world.github.passTime(30 * day)
      await attach(check, inRun(5))
      expect(statesOf(scenario)).toEqual(['closed', 'open'])
      expect(issue).toMatchObject({ state: 'closed', stateReason })
    },
  )

  onceIt('as not planned stays closed while a part of its drift heals, and not when more comes', async ({ begin }) => {
    const { scenario, attach, issue, both, world, second, registry } = await beginWithIssue(begin)
    await attach(both, inRun(2))
    Object.assign(issue, { state: 'closed', stateReason: 'not_planned', closedAt: Date.now() })
    const grant = heal(scenario)
    await attach(both, inRun(3))
    await attach(both, inRun(4))
    expect(statesOf(scenario)).toEqual(['closed'])
    world.assignments.remove(grant)
    await attach(both, inRun(5))
    expect(statesOf(scenario)).toEqual(['closed', 'open'])
    expect(world.github.issues[1]?.body).toContain('aks-prod-1 |')
    // The new issue is kept and closed like any other.
    heal(scenario)
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach(both, inRun(6))
    expect(statesOf(scenario)).toEqual(['closed', 'closed'])
  })
})

describe('a drift issue whose conversation is locked', () => {
  onceIt('is edited, closed and reopened without comments', async ({ begin }) => {
    const { scenario, attach, issue, both, second } = await beginWithIssue(begin)
    issue.isLocked = true
    const worse = await attach(both, inRun(2))
    expect(warningsOf(worse)).toEqual([])
    expect(worse.log).toMatch(/^drift issue {2}#1 edited.*locked: https:/m)
    heal(scenario)
    const principalId = second.kubeletIdentity.objectId
    scenario.world.assignRole({ principalId, role: 'AcrPull', scope: scenario.registry.id })
    const healed = await attach(both, inRun(4))
    expect(healed.log).toMatch(/^drift issue {2}#1 closed.*locked: https:/m)
    expect(warningsOf(healed)).toEqual([])
    expect(issue).toMatchObject({ state: 'closed', comments: [] })
    lose(scenario)
    await attach(both, inRun(5))
    expect(issue).toMatchObject({ state: 'open', comments: [] })
  })

  onceIt('in the middle of the run is closed nevertheless', async ({ begin }) => {
    const { scenario, attach, issue, whenAnswered } = await beginWithIssue(begin)
    heal(scenario)
    whenAnswered(
      ({ path }) => path.endsWith('/issues'),
      () => (issue.isLocked = true),
    )
    const healed = await attach(check, inRun(2))
    expect(warningsOf(healed)).toEqual([])
    expect(issue).toMatchObject({ state: 'closed', comments: [] })
  })
})

describe('a drift issue that is no longer in the repository', () => {
  onceIt.for(['deleted', 'transferred'] as const)('because it was %s is opened again', async (gone, { begin }) => {
    const { scenario, attach, issue, both, whenAnswered, world } = await beginWithIssue(begin)
    // In the middle of a run, after it was listed.
    whenAnswered(
      ({ path }) => path.endsWith('/issues'),
      () => (issue.gone = gone),
    )
    const end = await attach(both, inRun(2))
    expect(warningsOf(end)).toEqual([])
    expect(end.log).toMatch(/^drift issue {2}#2 opened/m)
    // And before one.
    const [, next] = world.github.issues
    if (next) next.gone = gone
    await attach(both, inRun(3))
    expect(world.github.issues).toHaveLength(3)
    await attach(both, inRun(4))
    expect(world.github.issues).toHaveLength(3)
    expect(statesOf(scenario)[2]).toBe('open')
  })
})
