import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { expectProvenOn, it, type RealScenario } from '../support/real-cluster.js'

const hourMs = 3_600_000

/**
 * Lets the role take effect at the worst moment: when nodes have been refused for so long, and one has just been refused again.
 * @returns when they could pull, and for how long they had been refused, in milliseconds
 */
async function grantLate({ simulator, registry, world }: RealScenario, afterMs: number) {
  const begun = Date.now()
  for (;;) {
    const now = Date.now()
    // Nodes ask for a token, which the registry gives or refuses.
    const asked = simulator.requests.filter(
      ({ host, path, at, userAgent = '' }) =>
        host === registry.loginServer && path === '/oauth2/token' && at > begun && userAgent.startsWith('containerd'),
    )
    const [firstAt = now, lastAt = now] = [asked[0]?.at, asked.at(-1)?.at]
    if (lastAt - firstAt >= afterMs && now - lastAt > 200 && now - lastAt < 500) {
      for (const assignment of world.roleAssignments) assignment.effectiveAt = Math.min(assignment.effectiveAt, now)
      return { couldAt: now, waitedMs: now - firstAt }
    }
    await pause(50)
  }
}

/** Attaches, and detaches again. @returns by how much the gate opened late, in milliseconds, and how many commands were started meanwhile */
async function openGate(scenario: RealScenario, inputs: Record<string, string>, afterMs: number) {
  const [end, { couldAt, waitedMs }] = await Promise.all([
    scenario.pull({ timeout: '4m', ...inputs }),
    grantLate(scenario, afterMs),
  ])
  await expectProvenOn(end, scenario)
  const { timing } = scenario.world
  timing.propagationMs = 0
  await scenario.run({ mode: 'detach' })
  timing.propagationMs = hourMs
  const greenAt = Date.parse(end.report.run?.startedAt ?? '') + end.report.durationSeconds * 1000
  const commands = end.requests.filter(
    ({ method, path, at }) => method === 'POST' && path.endsWith('/runCommand') && at > couldAt,
  )
  return { lateMs: greenAt - couldAt, waitedMs, commands: commands.length }
}

describe('the gate', () => {
  // Nodes report up to a second late: one gate of three may be late by more. All nodes but the first are asked when that one has pulled.
  it.for([
    ['one-per-pool', 3000],
    ['all', 4000],
  ] as const)('opens within seconds after nodes can pull (%s, %i ms)', async ([nodes, mostMs], { begin }) => {
    const scenario = await begin({ timing: { propagationMs: hourMs } })
    const gates: number[] = []
    for (let count = 0; count < 3; count++)
      gates.push((await openGate(scenario, { 'probe-nodes': nodes }, 15_000)).lateMs)
    expect(gates.filter(lateMs => lateMs <= mostMs).length, gates.join()).toBeGreaterThan(1)
  })

  it('opens within a twentieth of a longer wait', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: hourMs } })
    const { lateMs, waitedMs } = await openGate(scenario, {}, 120_000)
    expect(lateMs).toBeLessThan(waitedMs / 20)
  })

  it.for(['one-per-pool', 'all'])('opens by the command that is under way (%s)', async (nodes, { begin }) => {
    const scenario = await begin({ timing: { propagationMs: hourMs } })
    const gate = await openGate(scenario, { 'probe-with': 'run-command', 'probe-nodes': nodes }, 30_000)
    expect(gate.commands).toBe(0)
  })
})
