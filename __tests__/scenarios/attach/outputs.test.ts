import { describe, expect } from 'vitest'
import { readManifest } from 'azure-simulator/runner/step'
import { commands, expectAttached, it, onceIt, type Scenario, type StepEnd } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const ends: Record<string, (scenario: Scenario) => Promise<StepEnd>> = {
  success: ({ attach }) => attach({}, { environment: unhurried }),
  'bad input': ({ attach }) => attach({ registry: '' }),
  'a refused sign-in': ({ attach, deployer }) => {
    deployer.federatedCredentials.length = 0
    return attach({}, { environment: unhurried })
  },
  'a cluster that is not there': ({ attach }) => attach({ cluster: 'aks-nowhere' }, { environment: unhurried }),
  'a refused write': ({ attach, world, registry }) => {
    for (const assignment of [...world.roleAssignments])
      if (assignment.scope === registry.id) world.assignments.remove(assignment)
    return attach({}, { environment: unhurried })
  },
  cancellation: ({ attach, simulator }) => {
    simulator.faults.add({ path: '/managedClusters', delayMs: 600_000 })
    // All requests that can be sent before the cluster's answer: one in flight counts even if the job is cancelled, and may never arrive.
    const hasBeenAsked = (part: RegExp): boolean => simulator.requests.some(({ path }) => part.test(path))
    const sideBySide = [/\/managedClusters\/[^/]+$/, /\/registries$/, /\/registries\/.*\/roleAssignments$/]
    return attach({}, { cancel: { when: () => sideBySide.every(hasBeenAsked) }, environment: unhurried })
  },
}

/** The known values at each end, in addition to the code. */
const known: Record<string, { code: string; target?: true; registry?: true; grant?: true }> = {
  success: { code: '', target: true, registry: true, grant: true },
  'bad input': { code: 'INVALID_INPUT' },
  'a refused sign-in': { code: 'FEDERATED_CREDENTIAL_MISMATCH' },
  'a cluster that is not there': { code: 'CLUSTER_NOT_FOUND', registry: true },
  'a refused write': { code: 'AUTHORIZATION_FAILED', target: true, registry: true },
  cancellation: { code: 'CANCELLED' },
}

describe('after', () => {
  it.for(Object.entries(ends))(
    '%s every output has its known value, and the report file has the report',
    async ([name, run], { begin }) => {
      const scenario = await begin()
      const end = await run(scenario)
      expect(Object.keys(end.outputs).sort()).toEqual(Object.keys(readManifest().outputs).sort())
      const { outputs, report } = end
      const { code, target, registry, grant } = known[name] ?? { code: 'no such end' }
      const { objectId, clientId } = scenario.cluster.kubeletIdentity
      expect(outputs).toMatchObject({
        attached: String(code === ''),
        ready: String(code === ''),
        changed: String(code === ''),
        drift: 'false',
        verified: grant ? 'assignment' : 'none',
        'registry-login-server': registry ? 'contosoacr.azurecr.io' : '',
        'registry-login-servers': registry ? '["contosoacr.azurecr.io"]' : '[]',
        'pull-identity-object-id': target ? objectId : '',
        'pull-identity-client-id': target ? clientId : '',
        'role-assignment-id': grant ? scenario.grants()[0]?.id : '',
        image: '',
        images: '[]',
        'error-code': code,
      })
      expect(outputs['propagation-seconds']).toMatch(grant ? /^\d+\.\d$/ : /^$/)
      expect(JSON.parse(end.reportFile)).toEqual(report)
      expect(report).toMatchObject({
        schemaVersion: 1,
        mode: 'attach',
        attached: outputs.attached === 'true',
        changed: outputs.changed === 'true',
        // A request that was being sent when the job was cancelled counts, although nobody may have received it.
        requests: code === 'CANCELLED' ? (expect.any(Number) as number) : end.requests.length,
      })
      expect(end.exitCode === 0).toBe(code === '')
    },
  )
})

describe('the job summary', () => {
  onceIt('is omitted if the runner has no file for it', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { GITHUB_STEP_SUMMARY: '' } })
    expectAttached(end, { changed: true })
    expect(end.summary).toBe('')
  })

  onceIt('is added to that of earlier steps', async ({ begin }) => {
    const { attach } = await begin()
    const { summary } = await attach()
    // The runner joins the steps' files, so each must end its last line.
    expect(summary.endsWith('\n')).toBe(true)
  })
})

describe('secrets', () => {
  const jsonWebToken = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

  it('are masked before they are used, and never printed', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const end = await attach({ 'github-token': 'ghs_verysecret' }, { environment: { RUNNER_DEBUG: '1' } })
    expectAttached(end, { changed: true })
    const [idToken] = end.requests.flatMap(
      ({ requestBody }) => (requestBody as { client_assertion?: string } | undefined)?.client_assertion ?? [],
    )
    const masked = commands(end.stdout, 'add-mask')
    expect(end.stdout).toMatch(/^::add-mask::ghs_verysecret\n/)
    expect(masked).toContain(idToken)
    // The ID token and the access token.
    expect(new Set(masked.filter(secret => jsonWebToken.test(secret))).size).toBe(2)
    // Debug lines come with the requests: the ID token is masked before the first of them.
    expect(end.stdout.indexOf(`::add-mask::${idToken ?? ''}`)).toBeLessThan(end.stdout.indexOf('::debug::POST'))

    const elsewhere = [
      end.stdout.replace(/^::add-mask::.*$/gm, ''),
      end.stderr,
      end.summary,
      end.reportFile,
      JSON.stringify(end.outputs),
    ].join('\n')
    expect(elsewhere).not.toMatch(jsonWebToken)
    expect(elsewhere).not.toContain('ghs_verysecret')
    expect(elsewhere).not.toContain(simulator.runner.requestToken)
  })

  it('are also masked if the inputs are rejected', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ 'source-password': 'pa$$word', timeout: 'soon' })
    expect(end.outputs['error-code']).toBe('INVALID_INPUT')
    const [firstLine] = end.stdout.split('\n')
    expect(firstLine).toBe('::add-mask::pa$$word')
    expect([end.stdout.split('\n').slice(1), end.summary, Object.values(end.outputs)].join('\n')).not.toContain(
      'pa$$word',
    )
  })
})
