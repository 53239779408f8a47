import { describe, expect } from 'vitest'
import type { Report } from 'report-document'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { headlineOf, unwrapped } from '../../support/reading.js'
import { onceIt, type StepEnd } from '../../support/scenario.js'

/** A fleet that has all its grants, with the reports of its checks. */
async function beginWhole(begin: Parameters<typeof beginFleet>[0]) {
  const fleet = await beginFleet(begin)
  const { scenario, grant, cluster, registry, checkAll } = fleet
  grant(cluster, registry)
  grant(scenario.cluster, scenario.registry)
  const [first, second] = (await checkAll()) as [StepEnd, StepEnd]
  return { ...fleet, first, second }
}

const reportIn = ({ reportFile }: Pick<StepEnd, 'reportFile'>): Report => JSON.parse(reportFile) as Report

describe('what merge is given', () => {
  onceIt('is reported and red if it is not the report of a check, and does not count as checked', async ({ begin }) => {
    const { scenario, first } = await beginWhole(begin)
    const attached = await scenario.attach()
    const detached = await scenario.attach({ mode: 'detach' })
    const { pairs, ...withoutPairs } = reportIn(first)
    expect(pairs).toHaveLength(1)
    const given: [string, object, RegExp][] = [
      ['no pairs', withoutPairs, /\bpairs\b/],
      ['an empty list of pairs', { ...withoutPairs, pairs: [] }, /no cluster/],
      ['attach', reportIn(attached), /mode: attach/],
      ['detach', reportIn(detached), /mode: detach/],
      ['a newer version', { ...reportIn(first), schemaVersion: 2, more: 1 }, /schemaVersion 2/],
      ['a merge without jobs', { ...reportIn(first), mode: 'merge' }, /\bjobs\b/],
    ]
    for (const [name, report, told] of given) {
      const end = await merge(scenario, { reports: downloaded([JSON.stringify(report)]) })
      expect(end, name).toMatchObject({ exitCode: 1, stderr: '' })
      expect(end.outputs, name).toMatchObject({ attached: 'false', verified: 'none', 'error-code': 'INVALID_INPUT' })
      expect(headlineOf(end), name).toMatch(/^\? /)
      expect(end.log, name).toMatch(told)
      expect(end.log + end.summary, name).not.toContain('✓')
    }
  })

  onceIt('is reported and red if a job left the report of another one', async ({ begin }) => {
    const { scenario, fleet, first } = await beginWhole(begin)
    const end = await merge(scenario, { reports: downloaded([first.reportFile, first.reportFile]), fleet })
    expect(end).toMatchObject({ exitCode: 1, stderr: '' })
    expect(end.outputs).toMatchObject({ attached: 'false', verified: 'none', 'error-code': 'REPORT_MISSING' })
    expect(headlineOf(end)).toMatch(/^\? /)
    expect(reportIn(end).jobs?.map(({ problem }) => problem === null)).toEqual([true, false])
  })

  onceIt('can be a merged report, whose jobs without a report stay so', async ({ begin }) => {
    const { scenario, fleet, first } = await beginWhole(begin)
    const once = await merge(scenario, { reports: downloaded([first.reportFile]), fleet })
    expect(once.outputs['error-code']).toBe('REPORT_MISSING')
    const again = await merge(scenario, { reports: downloaded([once.reportFile]) })
    expect(again).toMatchObject({ exitCode: 1, stderr: '' })
    expect(again.outputs).toMatchObject({ attached: 'false', verified: 'none', 'error-code': 'REPORT_MISSING' })
    expect(headlineOf(again)).toMatch(/^\? .*testacr/)
    const { jobs, pairs, unknown } = reportIn(again)
    expect(jobs?.map(({ problem }) => problem === null)).toEqual([true, false])
    expect([pairs.length, unknown.length]).toEqual([1, 1])
  })

  onceIt('never makes its roles, scopes, conditions, groups and principals ours', async ({ begin }) => {
    const { scenario, checkAll } = await beginFleet(begin)
    const [first] = (await checkAll()) as [StepEnd, StepEnd]
    const { plan, pairs, ...report } = reportIn(first)
    const [planned] = plan
    const other = '99999999-0000-4000-8000-000000000009'
    const odd: object[] = [
      { ...planned, role: 'Owner' },
      { ...planned, role: 'Owner', registry: scenario.subscription.id },
      { ...planned, registry: scenario.subscription.id },
      { ...planned, registry: scenario.group.id },
      { ...planned, principalId: other },
      { ...planned, principalId: other, principalType: 'Group' },
      { ...planned, condition: "@Request[x] StringEquals 'y'" },
      { ...planned, operation: 'add-group-member', group: other, memberId: other },
      { ...planned, target: `${String(pairs[0]?.target)}-other` },
    ]
    for (const each of odd) {
      const text = JSON.stringify({ ...report, pairs, plan: [each] })
      const end = await merge(scenario, { reports: downloaded([text]), 'drift-issue': 'true' })
      expect(end.outputs, text).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
      const body = scenario.world.github.issues.map(issue => issue.body).join('\n')
      for (const shown of [end.log, end.summary, body]) {
        expect(shown, JSON.stringify(each)).not.toMatch(/az (role assignment create|ad group)/)
        expect(shown).not.toContain('Owner')
      }
      scenario.world.github.issues.splice(0)
    }
    // What the pair itself says is printed.
    const good = await merge(scenario, { reports: downloaded([JSON.stringify({ ...report, pairs, plan })]) })
    expect(good.summary).toContain(
      `az role assignment create --assignee-object-id ${scenario.cluster.kubeletIdentity.objectId}`,
    )
    expect(unwrapped(good.summary)).toContain(`--role AcrPull --scope ${scenario.registry.id}`)
    // The merged report repeats no commands either.
    const failing = {
      ...pairs[0],
      error: {
        code: 'PULL_DENIED',
        message: 'A node is refused.',
        fix: { text: 'Look:', commands: ['az role assignment create --role Owner'] },
      },
    }
    const end = await merge(scenario, {
      reports: downloaded([JSON.stringify({ ...report, pairs: [failing], plan: odd })]),
    })
    expect(JSON.stringify(reportIn(end).pairs)).not.toContain('Owner')
  })
})
