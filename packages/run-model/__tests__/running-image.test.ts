import { describe, expect, it } from 'vitest'
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

  const of = (kind: string, name: string) => (pods: number, more?: Partial<RunningUse>) => use(kind, name, pods, more)
  const [api, web, log, night] = [
    of('Deployment', 'api'),
    of('Deployment', 'web'),
    of('DaemonSet', 'log'),
    of('CronJob', 'night'),
  ]
  const inCapitals = { cluster: one.id.replace('rg-shop', 'RG-SHOP') }
  it.each<[string, RunningUse[]]>([
    ['1 pod of 1 deployment on aks-1 runs it', [api(1)]],
    ['3 pods of 1 deployment on aks-1 run it', [api(3)]],
    ['5 pods of 2 deployments on aks-1 run it', [api(3), web(2)]],
    ['5 pods of 2 deployments on 2 clusters run it', [api(3), api(2, onTwo)]],
    ['3 pods of 1 deployment and 1 daemon set on aks-1 run it', [api(1), log(2)]],
    ['3 pods of 3 workloads on aks-1 run it', [api(1), log(1), night(1)]],
    // Containers of one pod.
    ['2 pods of 1 deployment on aks-1 run it', [api(2), api(1, { container: 'side' })]],
    // Different pods during a rollout.
    ['3 pods of 1 deployment on aks-1 run it', [api(2), api(1, { runningDigest: 'sha256:bb' })]],
    // Azure ignores letter case in IDs.
    ['2 pods of 1 deployment on aks-1 run it', [api(2), api(2, inCapitals)]],
    ['1 pod on aks-1 runs it', [use('Pod', 'once', 1)]],
    ['3 pods of 1 deployment on aks-1 run it', [use('Pod', 'once', 1), api(2)]],
    ['1 cron job on aks-1 uses it', [night(0)]],
    ['2 cron jobs on aks-1 use it', [night(0), use('CronJob', 'day', 0)]],
    ['1 pod on aks-1 uses it', [use('Pod', 'once', 0)]],
  ])('are counted in one clause: %s', (clause, uses) => {
    expect(countUses(uses)).toBe(clause)
  })

  it('are named, each workload once and in order, with the cluster that tells equal names apart', () => {
    const uses = [web(1), api(1), api(1, { container: 'side' }), api(1, onTwo)]
    const names = 'Deployment shop/api on aks-1, Deployment shop/api on aks-2, Deployment shop/web on aks-1'
    expect(nameUses(uses)).toBe(names)
    expect(nameUses([...uses, use('Deployment', 'zoo', 1), use('Job', 'all', 1)])).toMatch(/aks-2, .* and 2 more$/)
  })
})
