import { describe, expect } from 'vitest'
import { apiFaults, type RequestRecord } from 'azure-simulator'
import { expectProven, letPull, ways } from '../../support/pull-scenario.js'
import { expectFailure, it } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const host = /azmk8s/

describe('temporary failures are retried', () => {
  it.for(ways)(
    'of an API server that does not accept a token, which is then requested again, at each step (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin(), { aad: true, azureRbac: true })
      const { faults } = scenario.simulator
      const refused = { host, times: 2, ...apiFaults.unauthorized() }
      faults.add({ ...refused, method: 'GET', path: '/nodes' })
      faults.add({ ...refused, method: 'POST', path: '/pods' })
      faults.add({ ...refused, method: 'GET', path: /\/pods$/, skip: 1 })
      faults.add({ ...refused, method: 'DELETE', path: '/pods' })
      const end = await scenario.pull({ 'probe-with': way })
      expectProven(end, scenario)
      const isForCluster = ({ path, requestBody }: RequestRecord) =>
        path.endsWith('/token') && JSON.stringify(requestBody).includes('6dae42f8-4368-4678-94ff-3960e28e3630')
      const tokens = end.requests.filter(isForCluster).length
      expect(tokens).toBeGreaterThan(1)
      expect(tokens).toBeLessThan(8)
    },
  )

  it('of a command that is unknown to Azure, because its pod never ran', async ({ begin, onTestFinished }) => {
    const { environment } = createTimeLapse('kubectl', onTestFinished)
    const scenario = letPull(await begin(), { privateCluster: true })
    const body = { error: { code: 'NotFound', message: 'The command was not found.' } }
    // As long as a command that has just been started may still be unknown to Azure.
    scenario.simulator.faults.add({ method: 'GET', path: /\/commandResults\//i, status: 404, body, times: 15 })
    expectProven(await scenario.pull({}, { environment }), scenario)
  })
})

describe('final failures end the wait immediately', () => {
  it('a quota that pods of another run fill: they are named, with what deletes them', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.addQuota('default', { pods: '1' })
    const [node = ''] = kubernetes.nodes.map(({ metadata }) => metadata.name)
    const run = 'deadbeef'
    const left = { 'app.kubernetes.io/managed-by': 'attach-acr', 'attach-acr/run': run, 'attach-acr/probe': '0' }
    const name = `attach-acr-probe-${run}-left1`
    kubernetes.store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', uid: run, labels: left },
      spec: { nodeName: node, activeDeadlineSeconds: 3600, containers: [{ name: 'image-0', image: 'x.example/a:1' }] },
      status: { phase: 'Pending' },
    })
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs[0]?.error?.message).toContain(`The pod ${name} `)
    expect(end.report.pairs[0]?.error?.fix.commands).toContain(`kubectl delete pods ${name} --namespace default`)
  })
})
