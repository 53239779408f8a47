import { expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { armRequests, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

onceIt('a private cluster is probed through Run Command, one command per round, and left clean', async ({ begin }) => {
  const scenario = letPull(await begin(), { privateCluster: true })
  const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
  scenario.cluster.kubernetes.pullFaults.push({ message, times: 2 })
  const end = await scenario.pull()
  expectProven(end, scenario)
  expect(end.log).toContain('with run-command')
  const commands = armRequests(end, 'POST', '/runCommand')
  // One to check, and one that retries inside the cluster until the role has taken effect.
  expect(commands).toHaveLength(2)
  expect(pulls(end)[0]?.attempts).toBe(3)
  expect(JSON.stringify(commands[1]?.requestBody)).toContain('"command":"sh probe.sh"')
})
