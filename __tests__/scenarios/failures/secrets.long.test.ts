import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { connect } from 'azure-simulator/client'
import { faultJobs } from '../../support/fault-jobs.js'
import { letImport } from '../../support/image-world.js'
import { findLeaks, letDebug } from '../../support/leaks.js'
import { letPull } from '../../support/pull-scenario.js'
import { it, onceIt, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The simulator must have issued secrets, and the switches must have made the step verbose. */
function expectTight(
  end: StepEnd,
  scenario: Scenario,
  children: ReturnType<typeof letDebug>['children'],
  more: string[] = [],
): void {
  expect(scenario.simulator.secrets.size).toBeGreaterThan(1)
  expect(end.stderr.length).toBeGreaterThan(5_000)
  expect(findLeaks(end, scenario, children.values(), more)).toEqual([])
  for (const { environment } of children.values()) {
    expect(environment).not.toMatch(/^INPUT_/im)
    expect(environment).not.toMatch(/^ACTIONS_ID_TOKEN_REQUEST_/m)
  }
}

describe('with every debug switch on, no secret is written', () => {
  for (const { name, beginning, prepare, code = '' } of faultJobs) {
    onceIt(`by the job "${name}"`, async ({ begin }) => {
      const { scenario, children } = letDebug(await begin(beginning))
      const run = await prepare(scenario)
      // No failure is expected here, so a busy machine can take its time.
      const end = await run(name === 'merge' ? {} : { timeout: '15m' })
      expect(end.outputs['error-code'], end.stdout.slice(-3000)).toBe(code)
      expectTight(end, scenario, children)
      if (name === 'proof by kubectl') expect(children.size).toBeGreaterThan(2)
    })
  }

  it.for([
    ['plain', 'hunter2-is-secret'],
    ['with quotes', `hunter2"is'secret`],
    ['that JSON, URLs and shells escape', 'hunter2\\"&%20$(id)\u00e9/secret'],
  ])('of a source password %s', async ([, password = ''], { begin }) => {
    const { scenario, children } = letDebug(letImport(await begin()))
    const { world } = scenario
    world.sourceRegistries.length = 0
    world.addSourceRegistry('quay.io', { credentials: { username: 'robot', password } }).push('app', 'v1')
    const inputs = { images: 'quay.io/app:v1', 'source-username': 'robot', 'source-password': password }
    const end = await scenario.attach(inputs)
    expect(end.outputs['error-code']).toBe('')
    expectTight(end, scenario, children, [password, Buffer.from(`robot:${password}`).toString('base64')])
  })

  onceIt.for([`hunter2"is'secret`, 'hunter2_is_*secret*<b>&'])(
    'of a source password that Azure repeats in its refusal: %s',
    async (password, { begin }) => {
      const { scenario, children } = letDebug(letImport(await begin()))
      const message = `unauthorized: user robot with password ${password} is not known`
      const body = { error: { code: 'InvalidParameters', message } }
      scenario.simulator.faults.add({ path: '/importImage', status: 400, body, times: Infinity })
      const inputs = { images: 'quay.io/app:v1', 'source-username': 'robot', 'source-password': password }
      scenario.world.addSourceRegistry('quay.io', { credentials: { username: 'robot', password } }).push('app', 'v1')
      const end = await scenario.attach(inputs)
      expect(end.outputs['error-code']).not.toBe('')
      expectTight(end, scenario, children, [password])
    },
  )

  onceIt('of a token that Azure repeats, in the drift issue, which nobody else masks', async ({ begin }) => {
    const scenario = await begin()
    scenario.group.addCluster('aks-2')
    const token = 'ghs_token_with_*Markdown*'
    scenario.world.github.tokens.set(token, { login: 'github-actions[bot]', issues: 'write' })
    const message = `token=[4711] ${token} is refused`
    const body = { error: { code: 'InvalidRequest', message } }
    scenario.simulator.faults.add({ path: /managedClusters\/aks-2/i, status: 400, body, times: Infinity })
    const inputs = { mode: 'check', cluster: 'aks-prod-1\naks-2', 'drift-issue': 'true', 'github-token': token }
    const end = await scenario.attach(inputs)
    expect(end.outputs['drift-issue-number']).not.toBe('')
    expect(end.summary).toContain('4711')
    expect(findLeaks(end, scenario, [], [token])).toEqual([])
  })

  onceIt('of a source password of one letter, without changing outputs', async ({ begin }) => {
    const scenario = letImport(await begin())
    const message = 'unauthorized: user robot with password p is not known'
    const body = { error: { code: 'InvalidParameters', message } }
    scenario.simulator.faults.add({ path: '/importImage', status: 400, body, times: Infinity })
    scenario.world.addSourceRegistry('quay.io', { credentials: { username: 'robot', password: 'p' } }).push('app', 'v1')
    const inputs = { images: 'quay.io/app:v1', 'source-username': 'robot', 'source-password': 'p' }
    const end = await scenario.attach(inputs)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment', 'error-code': 'SOURCE_UNAUTHORIZED' })
    expect(end.outputs['report-file']).toMatch(/report\.json$/)
    expect(JSON.parse(end.reportFile)).toEqual(end.report)
    expect(end.outputs.images).toContain('***assword')
  })

  onceIt('of a cluster that Entra ID signs in to', async ({ begin }) => {
    const { scenario, children } = letDebug(await begin())
    const pulling = letPull(scenario, { aad: true, azureRbac: true })
    const end = await pulling.pull({ 'probe-with': 'kubectl' })
    expect(end.outputs.verified, end.stdout.slice(-3000)).toBe('pull')
    expectTight(end, scenario, children)
  })

  onceIt('nor by a step that was killed, or its post step', async ({ begin }) => {
    const { scenario, children } = letDebug(await begin({ timing: { pullMs: 600_000 } }))
    const pulling = letPull(scenario)
    const cancel = { when: () => pulling.cluster.kubernetes.podsCreated.length > 0 }
    const end = await pulling.pull({ 'probe-with': 'kubectl' }, { signal: 'SIGKILL', cancel })
    expect(end.post?.exitCode).toBe(0)
    expect(findLeaks(end, scenario, children.values())).toEqual([])
  })

  onceIt('of a sign-in by the Azure CLI, which does not receive any either', async ({ begin, onTestFinished }) => {
    const { scenario, children } = letDebug(await begin())
    const { simulator, deployer, world, subscription } = scenario
    const folder = mkdtempSync(join(tmpdir(), 'az-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const resource = 'https://management.azure.com/'
    const accessToken = await connect(simulator).signIn(deployer, resource)
    const printed = JSON.stringify({
      accessToken,
      expiresOn: '2099-01-01 00:00:00.000000',
      expires_on: 4_070_908_800,
      subscription: subscription.subscriptionId,
      tenant: world.tenantId,
      tokenType: 'Bearer',
    })
    writeFileSync(join(folder, 'az'), `#!/bin/sh\nsleep 0.3\ncat <<'END'\n${printed}\nEND\n`)
    chmodSync(join(folder, 'az'), 0o755)
    const environment = { PATH: `${folder}:${process.env.PATH ?? ''}` }
    const end = await scenario.attach({ 'auth-type': 'azure-cli' }, { environment })
    expect(end.outputs['error-code'], end.stdout.slice(-3000)).toBe('')
    expect(children.size).toBeGreaterThan(0)
    expectTight(end, scenario, children)
  })
})
