import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Fault } from 'azure-simulator'
import { readManifest } from 'azure-simulator/runner/step'
import { expectFailure, it, onceIt, writes, type StepEnd } from '../../support/scenario.js'

/** The runner sends SIGTERM 7.5 s after SIGINT; by then the step has ended and reported. */
function expectCancelled(end: StepEnd): void {
  expectFailure(end, 'CANCELLED')
  expect(end.msToCancel).toBeLessThan(7000)
  expect(end.report).toMatchObject({ attached: false })
  expect(JSON.parse(end.reportFile)).toEqual(end.report)
}

const isPut = ({ method }: { method: string }) => method === 'PUT'

describe('a cancelled job', () => {
  const stages: Record<string, Fault & { path?: string; host?: string }> = {
    'GitHub is asked for the ID token': { host: 'githubusercontent.com' },
    'Entra is asked for a token': { host: 'login.microsoftonline.com', path: '/oauth2/v2.0/token' },
    'the cluster is read': { path: '/managedClusters/' },
    'role assignments are read': { path: '/roleAssignments' },
  }

  it.for(Object.entries(stages))('ends soon while %s', async ([, { host = '', path = '' }], { begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ host, path, delayMs: 20_000, times: Infinity })
    const end = await attach(
      {},
      { cancel: { when: request => request.host.includes(host) && request.path.includes(path) } },
    )
    expectCancelled(end)
    expect(end.outputs.changed).toBe('false')
    expect(writes(end)).toEqual([])
    expect(grants()).toEqual([])
  })

  it('lets a running write end, and reports it', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ method: 'PUT', delayMs: 1500 })
    const end = await attach({}, { cancel: { when: isPut } })
    expectCancelled(end)
    expect(end.outputs).toMatchObject({ changed: 'true', 'role-assignment-id': grants()[0]?.id })
    expect(end.report.pairs).toMatchObject([{ status: 'failed', changed: true, error: { code: 'CANCELLED' } }])
    expect(grants()).toHaveLength(1)
  })

  it('gives up on a write that takes too long, and reports it as possibly done', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ method: 'PUT', delayMs: 20_000 })
    const end = await attach({}, { cancel: { when: isPut } })
    expectCancelled(end)
    expect(end.outputs.changed).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' } }])
  })

  it('ends soon while waiting for the directory', async ({ begin }) => {
    const { attach, world, cluster } = await begin()
    world.hidePrincipal(cluster.kubeletIdentity.objectId)
    const end = await attach({}, { cancel: { whenLogged: 'AcrPull on contosoacr for aks-prod-1: ' } })
    expectCancelled(end)
    expect(end.outputs.changed).toBe('false')
  })

  it('ends quickly during the wait for the grant, and reports what was written', async ({ begin }) => {
    const { attach, grants } = await begin({ timing: { readAfterWriteMs: 3_600_000 } })
    const end = await attach({}, { cancel: { whenLogged: 'not reported yet' } })
    expectCancelled(end)
    expect(end.outputs).toMatchObject({ changed: 'true', 'role-assignment-id': grants()[0]?.id })
  })

  it('ends soon during a pause requested by Azure', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } }
    simulator.faults.add({ path: '/managedClusters/', status: 429, headers: { 'retry-after': '60' }, body })
    const end = await attach(
      {},
      { cancel: { when: ({ path, status }) => path.includes('/managedClusters/') && status > 0 } },
    )
    expectCancelled(end)
  })

  it('ends soon on SIGTERM alone', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ path: '/managedClusters/', delayMs: 20_000 })
    const end = await attach(
      {},
      { cancel: { when: ({ path }) => path.includes('managedClusters') }, signal: 'SIGTERM' },
    )
    expectCancelled(end)
  })
})

describe('a job that is cancelled while the action starts', () => {
  const delays = [0, 20, 50, 90, 130, 180, 240, 320, 400, 500]
  const moments = delays.map((ms, index) => [ms, index % 2 === 0 ? 'SIGINT' : 'SIGTERM'] as const)

  it.for(moments)('is fully reported %i ms after the first line ran, with %s', async ([ms, signal], { begin }) => {
    // No request is answered, so that the run is in progress whenever the signal comes.
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ delayMs: 20_000, times: Infinity, spare: true })
    const end = await attach({}, { cancel: { msAfterStart: ms }, signal })
    expectCancelled(end)
    expect(Object.keys(end.outputs).sort()).toEqual(Object.keys(readManifest().outputs).sort())
    expect(end.summary).toContain('CANCELLED')
    expect(grants()).toEqual([])
  })

  onceIt('listens before it loads anything else', () => {
    const file = join(import.meta.dirname, '../../../dist', 'index.js')
    const code = readFileSync(file, 'utf8')
    expect(code.length).toBeLessThan(20_000)
    // Webpack's way to load a file, and then what the action does.
    expect(code.match(/\brequire\("\.|\bprocess\.on\(|\.e\("[^"]+"\)/g)).toEqual([
      'require(".',
      'process.on(',
      '.e("step")',
    ])
  })
})

describe('on Windows', () => {
  onceIt('Ctrl+Break, which arrives as SIGBREAK, ends the step as SIGINT does', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ host: 'githubusercontent.com', delayMs: 20_000, times: Infinity, spare: true })
    // Other systems don't send it, so the test emits it in place of Node.
    const code = "setInterval(()=>process.listenerCount('SIGBREAK')&&process.emit('SIGBREAK'),200).unref()"
    const end = await attach({}, { environment: { NODE_OPTIONS: `--import=data:text/javascript,${code}` } })
    expectFailure(end, 'CANCELLED')
    expect(grants()).toEqual([])
  })
})
