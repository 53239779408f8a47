import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect } from 'vitest'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { errorsOf, problemsOf } from '../../support/reading.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const

const findingsOf = ({ report }: StepEnd) => report.findings.map(({ code, severity }) => [code, severity])

const spegel = 'ghcr.io/spegel-org/spegel:v0.6.0'

describe('a peer-to-peer mirror', () => {
  onceIt.for(ways)('means that a pull does not prove the role (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', spegel)
    const end = await scenario.pull({ timeout: '90s', 'probe-with': way })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled' }])
    expect(findingsOf(end)).toEqual([['PEER_MIRROR', 'warning']])
  })

  onceIt('is recognized by its image, whatever its name; other DaemonSets are no mirrors', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.addDaemonSet('kube-system', 'ama-logs', 'mcr.microsoft.com/azuremonitor/containerinsights/ciprod:3.1')
    expectProven(await scenario.pull({ timeout: '90s' }), scenario)
    kubernetes.addDaemonSet('kube-system', 'images', 'contosoacr.azurecr.io/mirrored/spegel@sha256:0')
    expect(findingsOf(await scenario.pull({ timeout: '90s' }))).toEqual([['PEER_MIRROR', 'warning']])
  })

  onceIt.for(ways)(
    'is not looked for by a caller who has no permission to list DaemonSets (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin(), { aad: true, azureRbac: true })
      scenario.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', spegel)
      const end = await scenario.pull({ timeout: '90s', 'probe-with': way })
      expectProven(end, scenario)
      expect(findingsOf(end)).toEqual([])
    },
  )
})

describe('flex nodes', () => {
  onceIt('are left out: they have no credential provider', async ({ begin }) => {
    const scenario = letPull(await begin())
    const labels = { 'kubernetes.azure.com/managed': 'false' }
    scenario.cluster.kubernetes.addPool({ name: 'edge', count: 1, labels })
    const end = await scenario.pull({ timeout: '90s' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool }) => pool)).toEqual(['system'])
    expect(findingsOf(end)).toEqual([['POOL_SKIPPED', 'notice']])
  })
})

describe('clusters outside Azure', () => {
  onceIt('are refused by their IDs, with the reason', async ({ begin }) => {
    const scenario = await begin()
    const arc = `${scenario.group.id}/providers/Microsoft.Kubernetes/connectedClusters/edge-1`
    const local = `${arc}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default`
    const end = await scenario.attach({ cluster: [arc, local].join('\n') })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(problemsOf(end, 'cluster')).toEqual([
      expect.stringMatching(/Arc-enabled cluster.*kubelet identity/),
      expect.stringMatching(/Azure Local.*kubelet identity/),
    ])
  })
})

describe('a kubectl that prints nothing', () => {
  onceIt('and reports success is no cluster without nodes', async ({ begin }) => {
    const scenario = letPull(await begin())
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-'))
    writeFileSync(join(folder, 'kubectl'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    const environment = { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` }
    const end = await scenario.pull({ timeout: '20s', 'probe-with': 'kubectl' }, { environment })
    expectFailure(end, 'PROBE_FAILED')
    expect(errorsOf(end)[0]?.reason).toBe('kubectl printed nothing')
    expect(end.outputs.verified).toBe('none')
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual(['kubectl get nodes,pods --all-namespaces --output name'])
  })
})
