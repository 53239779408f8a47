import { describe, expect, it } from 'vitest'
import { pullsAsServiceAccounts } from 'azure'
import { ActionError } from 'kernel'
import { countUses, nameUses, type RunningUse } from '../src/workload.js'
import { sampleTarget } from '../../../__tests__/support/sample.js'

const [one, two] = [sampleTarget('aks-1'), sampleTarget('aks-2')]

/** A use of an image by a workload. */
const use = (kind: string, name: string, pods: number, more: Partial<RunningUse> = {}): RunningUse => ({
  cluster: one.id,
  namespace: 'shop',
  kind,
  name,
  container: 'app',
  runningDigest: 'sha256:aa',
  pods,
  ...more,
})

describe('the uses of an image', () => {
  const onTwo = { cluster: two.id }

  it.each<[string, RunningUse[]]>([
    ['1 pod of 1 deployment on aks-1 runs it', [use('Deployment', 'api', 1)]],
    ['3 pods of 1 deployment on aks-1 run it', [use('Deployment', 'api', 3)]],
    ['5 pods of 2 deployments on aks-1 run it', [use('Deployment', 'api', 3), use('Deployment', 'web', 2)]],
    ['5 pods of 2 deployments on 2 clusters run it', [use('Deployment', 'api', 3), use('Deployment', 'api', 2, onTwo)]],
    [
      '3 pods of 1 deployment and 1 daemon set on aks-1 run it',
      [use('Deployment', 'api', 1), use('DaemonSet', 'log', 2)],
    ],
    [
      '3 pods of 3 workloads on aks-1 run it',
      [use('Deployment', 'api', 1), use('DaemonSet', 'log', 1), use('CronJob', 'night', 1)],
    ],
    // Containers of one pod.
    [
      '2 pods of 1 deployment on aks-1 run it',
      [use('Deployment', 'api', 2), use('Deployment', 'api', 1, { container: 'side' })],
    ],
    // Different pods during a rollout.
    [
      '3 pods of 1 deployment on aks-1 run it',
      [use('Deployment', 'api', 2), use('Deployment', 'api', 1, { runningDigest: 'sha256:bb' })],
    ],
    // Azure ignores letter case in IDs.
    [
      '2 pods of 1 deployment on aks-1 run it',
      [use('Deployment', 'api', 2), use('Deployment', 'api', 2, { cluster: one.id.replace('rg-shop', 'RG-SHOP') })],
    ],
    ['1 pod on aks-1 runs it', [use('Pod', 'once', 1)]],
    ['3 pods of 1 deployment on aks-1 run it', [use('Pod', 'once', 1), use('Deployment', 'api', 2)]],
    ['1 cron job on aks-1 uses it', [use('CronJob', 'night', 0)]],
    ['2 cron jobs on aks-1 use it', [use('CronJob', 'night', 0), use('CronJob', 'day', 0)]],
    ['1 pod on aks-1 uses it', [use('Pod', 'once', 0)]],
  ])('are counted in one clause: %s', (clause, uses) => {
    expect(countUses(uses)).toBe(clause)
  })

  it('are named, each workload once and in order, with the cluster that tells equal names apart', () => {
    const uses = [
      use('Deployment', 'web', 1),
      use('Deployment', 'api', 1),
      use('Deployment', 'api', 1, { container: 'side' }),
      use('Deployment', 'api', 1, onTwo),
    ]
    expect(nameUses(uses)).toBe(
      'Deployment shop/api on aks-1, Deployment shop/api on aks-2, Deployment shop/web on aks-1',
    )
    expect(nameUses([...uses, use('Deployment', 'zoo', 1), use('Job', 'all', 1)])).toMatch(/aks-2, .* and 2 more$/)
  })
})

describe('clusters', () => {
  it.each([
    [{ value: { isEnabled: true, defaultIdentityId: '' } }, true],
    [{ value: { isEnabled: false, defaultIdentityId: '' } }, false],
    [{ error: new ActionError('AUTHORIZATION_FAILED', 'no') }, false],
    [undefined, false],
  ])('are known to pull as service accounts only if Azure says so: %o', (serviceAccountPull, expected) => {
    const { identity } = sampleTarget()
    expect(pullsAsServiceAccounts({ identity, ...(serviceAccountPull && { serviceAccountPull }) })).toBe(expected)
  })
})
