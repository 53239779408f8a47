import { expect } from 'vitest'
import { downloaded, merge } from '../../support/fleet.js'
import { onceIt, type StepEnd } from '../../support/scenario.js'

onceIt('the reports of a fleet can have ten thousand pairs', async ({ begin }) => {
  const scenario = await begin({ runner: { workflow: 'fleet-drift', job: 'merge', eventName: 'schedule' } })
  const { report } = await scenario.attach({ mode: 'check', 'fail-on-drift': 'false' })
  const [pair] = report.pairs
  if (!pair) throw new Error('there is no pair')
  const legs = Array.from({ length: 100 }, (_, leg) => {
    const pairs = Array.from({ length: 100 }, (_, index) => ({
      ...pair,
      target: `${pair.target}-${leg}-${index}`,
      asked: { target: `${pair.target}-${leg}-${index}`, registry: pair.registry },
      ...(index === 0 && {
        error: {
          code: 'CLUSTER_NOT_FOUND' as const,
          message: 'It is gone.',
          fix: { text: '', commands: [] },
          azure: null,
        },
      }),
    }))
    return JSON.stringify({ ...report, pairs })
  })
  const inputs = { reports: downloaded(legs), 'drift-issue': 'true' }
  const merged = await merge(scenario, inputs)
  expect(merged.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
  expect(Buffer.byteLength(merged.summary)).toBeLessThan(1024 * 1024)
  expect(merged.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^100 clusters were not found: /),
    expect.stringMatching(/^AcrPull on contosoacr is missing for 9900: .* and 9850 more\.$/),
  ])
  const [issue] = scenario.world.github.issues
  expect(issue?.title).toBe('Drift: 10000 of 10000 clusters')
  expect(issue?.body.length).toBeLessThanOrEqual(65_536)
  expect(issue?.body.length).toBeGreaterThan(60_000)
  // Worst first, then counts.
  const rows = issue?.body.split('\n').filter(line => line.startsWith('| aks-') && line.includes('azurecr.io')) ?? []
  expect(rows[0]).toContain('It is gone.')
  expect(issue?.body).toMatch(new RegExp(`and ${10_000 - rows.length} more: \\d+ missing`))
  expect((JSON.parse(merged.reportFile) as StepEnd['report']).pairs).toHaveLength(10_000)

  const before = JSON.stringify(scenario.world.github.issues)
  await merge(scenario, inputs)
  expect(JSON.stringify(scenario.world.github.issues)).toBe(before)
  // Too many to list by name: the comment has the counts.
  await merge(scenario, { ...inputs, reports: downloaded(legs.slice(1)) })
  expect(scenario.world.github.issues[0]?.comments.at(-1)?.body).toContain('9900 still drifted, 10000 before')
})
