import { expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { commandStart, serverError, watchPods } from '../../support/command-starts.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { armRequests, onceIt } from '../../support/scenario.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

onceIt.for([
  ['a connection that breaks', { reset: true }],
  ['an error of the server', serverError],
] as const)(
  'a command that started despite an error has its pods deleted before another starts: %s',
  async ([, lost], { begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    // Refused for so long that the first command is still retrying when the second starts.
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 3 })
    const seen = watchPods(scenario)
    scenario.simulator.faults.add({ ...commandStart, skip: 1, after: true, ...lost })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
    expect(seen.most).toBe(1)
    expect(seen.makers.size).toBe(2)
  },
)

onceIt('a command that Azure throttles has not started, so no command is searched for', async ({ begin }) => {
  const scenario = letPull(await begin(), { privateCluster: true })
  scenario.simulator.faults.add({ ...commandStart, skip: 1, status: 429, headers: { 'retry-after': '1' } })
  const end = await scenario.pull()
  expectProven(end, scenario)
  expect(pulls(end)[0]?.durationSeconds).toBeLessThan(30)
})
