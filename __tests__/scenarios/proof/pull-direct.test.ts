import { describe, expect } from 'vitest'
import { type RequestRecord, pullMessages } from 'azure-simulator'
import { hour } from '../../support/hour.js'
import { armRequests, expectWaited, it, onceIt, writes } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

describe('a direct grant', () => {
  it('is proven as soon as it has taken effect on the node', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }))
    const isPod = ({ method, path }: RequestRecord) => method === 'POST' && path.endsWith('/pods')
    // However fast the machine is, the first two attempts come too early.
    scenario.whenAnswered(
      isPod,
      () => {
        scenario.world.passTime(hour)
      },
      2,
    )
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(end.outputs.changed).toBe('true')
    expect(pulls(end)).toMatchObject([{ node: 'aks-system-12345678-vmss000000', pool: 'system', message: null }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(2)
    const pods = end.requests.filter(isPod)
    expectWaited(end, pods[0], pods[2])
    expect(end.log).toMatch(/ {2}\d:\d\d {2}aks-prod-1: .*\(401\)/)
    // Azure is queried only before the write: the nodes prove the rest.
    expect(armRequests(end, 'GET', '/roleAssignments')).toHaveLength(1)

    const again = await scenario.pull()
    expectProven(again, scenario)
    expect(writes(again).filter(({ method }) => method === 'PUT')).toEqual([])
    expect(again.outputs).toMatchObject({ changed: 'false', 'propagation-seconds': '' })
  })
})

describe('the probe pod', () => {
  onceIt(
    'passes the restricted standard and the deployment safeguards, and runs nothing from the image',
    async ({ begin }) => {
      const scenario = letPull(await begin())
      const { kubernetes } = scenario.cluster
      kubernetes.addNamespace('probes', { 'pod-security.kubernetes.io/enforce': 'restricted' })
      kubernetes.safeguards = 'Enforcement'
      let hasRun = false
      kubernetes.programs.set('contosoacr.azurecr.io/team/app', () => {
        hasRun = true
        return {}
      })
      const end = await scenario.pull({ 'probe-namespace': 'probes', 'probe-nodes': 'all' })
      expectProven(end, scenario)
      expect(hasRun).toBe(false)
      const { podsCreated } = kubernetes
      expect(podsCreated).toHaveLength(2)
      for (const { metadata, spec } of podsCreated) {
        expect(metadata.namespace).toBe('probes')
        expect(spec).toMatchObject({
          automountServiceAccountToken: false,
          containers: [{ imagePullPolicy: 'Always', image: 'contosoacr.azurecr.io/team/app:v1' }],
        })
        // A pull can take the whole timeout.
        const { activeDeadlineSeconds = NaN } = spec
        expect(activeDeadlineSeconds).toBeGreaterThan(900)
        expect(activeDeadlineSeconds).toBeLessThanOrEqual(960)
      }
    },
  )
})

it('a private cluster is probed through Run Command, one command per round, and left clean', async ({ begin }) => {
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
